import { fieldName, valueText } from '../core/field-at.ts';
import { targetName } from '../core/target.ts';
import type { FlowDeps } from './deps.ts';
import type { Run } from './ledger.ts';
import type { Reply } from './use-cases.ts';

const SHOWN_RUNS = 10;

const line = ({ id, state, plan, progress }: Run): string => {
  const target = plan.targets.map(targetName).join(', ');
  const moving =
    state === 'running' && progress !== undefined ? ` (${progress.phase}, ${progress.bytes} bytes)` : '';
  return `${id}  ${state}${moving}  ${plan.verb} ${plan.cluster.name} ${target}`;
};

/** Everything the approval binds to, for who wants more than the card has room for. */
const details = (run: Run): readonly string[] => [
  `Plan ${run.planDigest}`,
  ...run.plan.targets.flatMap((target) =>
    target.kind === 'pod'
      ? [
          `${targetName(target)}, UID ${target.uid}, node ${target.node}`,
          ...target.containers.map(
            ({ name, id, restartCount, state, image, imageDigest }) =>
              `${name}: ${state}, ${restartCount} restarts, ${id || 'never ran'}, ${image} ${imageDigest}`,
          ),
        ]
      : [`${targetName(target)}, UID ${target.uid}, ${target.status}`],
  ),
  ...run.plan.writes.flatMap(({ object, fields }) =>
    fields.map(
      (field) =>
        `${targetName(object)}: ${fieldName(field)} from ${valueText(field.before)} to ${valueText(field.after)}`,
    ),
  ),
  ...run.plan.methods.map(
    ({ what, container, creates }) =>
      `${what}${container === undefined ? '' : ` in ${container}`}; creates ${creates}`,
  ),
  ...run.plan.risks,
  ...run.plan.leaves,
  ...run.plan.notes,
  ...[run.result?.failure ?? '', run.result?.summary ?? ''].filter((line) => line !== ''),
  ...(run.result?.evidence === undefined ? [] : [`Evidence: ${run.result.evidence.reference}`]),
  ...(run.undoneBy === undefined ? [] : [`Undone by ${run.undoneBy}`]),
];

/** Whole, for copying: what puts a change back by hand, or shows what became of it. */
const commands = (run: Run): readonly { readonly title: string; readonly command: string }[] =>
  (run.result?.changes ?? []).map(({ outcome, command }) => ({
    title:
      outcome !== 'applied'
        ? 'To look:'
        : run.undoneBy === undefined && run.plan.verb !== 'undo'
          ? 'To put it back without Firebreak:'
          : 'To reverse it without Firebreak:',
    command,
  }));

/** The newest runs of the channel's case, or all of one run. */
export const status = async (
  { ledger }: FlowDeps,
  channel: string,
  id: string | undefined,
): Promise<Reply> => {
  if (id !== undefined) {
    const run = await ledger.run(id);
    return run === undefined || run.plan.channel !== channel
      ? { kind: 'say', text: `There is no run ${id} in this channel.`, example: '/k8s status' }
      : { kind: 'say', text: line(run), lines: details(run), commands: commands(run) };
  }
  const runs = await ledger.recentRuns(channel, SHOWN_RUNS);
  return runs.length === 0
    ? { kind: 'say', text: 'Nothing has been asked for in this channel yet.', example: '/k8s help' }
    : { kind: 'say', text: `Case ${runs[0]?.case ?? ''}, newest first:`, lines: runs.map(line) };
};
