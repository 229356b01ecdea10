import type { FieldChange } from '../core/change.ts';
import { fieldName, valueText } from '../core/field-at.ts';
import { provenWords } from '../core/proven-words.ts';
import { isAddition, isPassing } from '../core/standing-changes.ts';
import { isEphemeralPath, isObjectPath, isStructure } from '../core/structure.ts';
import { targetName } from '../core/target.ts';
import type { Ledger, Run } from './ledger.ts';
import { proofAges } from './proofs/proof-ages.ts';

import type { Reply } from './use-cases.ts';

const SHOWN_RUNS = 10;

type StatusLedger = Pick<Ledger, 'run' | 'recentRuns' | 'lastProofs' | 'now'>;

const line = ({ id, state, plan, progress, proven, undoneBy }: Run): string => {
  const target = plan.targets.map(targetName).join(', ');
  const moving =
    state === 'running' && progress !== undefined ? ` (${progress.phase}, ${progress.bytes} bytes)` : '';
  const verdict = proven === undefined || undoneBy !== undefined ? '' : `, ${provenWords(proven)}`;
  return `${id}  ${state}${moving}${verdict}  ${plan.verb} ${plan.cluster.name} ${target}`;
};

/** What will be written, or was. A whole object is shown apart from the lines. */
const written = (name: string, field: FieldChange): string => {
  const { path, before, after } = field;
  if (isObjectPath(path)) return after === null ? `Takes ${name} away` : `Creates ${name}`;
  if (isEphemeralPath(path)) return `Adds the ${fieldName(field)} to ${name}`;
  return `${name}: ${fieldName(field)} from ${valueText(before)} to ${valueText(after)}`;
};

/**
 * The bodies that the approval binds to: of each object that is created, and of each container that is added. At the end of a
 * run the cluster has them, and what reverses them is shown instead.
 */
const objects = ({ plan, result }: Run): readonly { readonly title: string; readonly body: unknown }[] =>
  result !== undefined
    ? []
    : plan.writes.flatMap(({ object, fields }) =>
        fields
          .filter(({ path, after }) => isStructure(path) && typeof after === 'string')
          .map((field) => ({
            title: `${written(targetName(object), field)}:`,
            body: JSON.parse(String(field.after)),
          })),
      );

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
    fields.map((field) => written(targetName(object), field)),
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

/** How its newest proof stands, and why. */
const proofLines = async (ledger: StatusLedger, run: Run): Promise<readonly string[]> => {
  if (run.proven === undefined) return [];
  const proven = (await ledger.lastProofs([run.id])).get(run.id)?.proven;
  return [
    ...(await proofAges({ ledger }, [run.id])),
    ...(proven?.proof.reasons ?? []),
    ...(proven?.proof.next === undefined ? [] : [proven.proof.next]),
  ];
};

/** What was done last goes first; what passed with the run is not shown. */
const reversible = ({ result }: Run) => {
  const changes = result?.changes ?? [];
  return changes.filter((change) => !isPassing(change, changes)).toReversed();
};

/** Whole, for copying: what puts a change back by hand, or shows what became of it. */
const commands = (run: Run): readonly { readonly title: string; readonly command: string }[] =>
  reversible(run).map(({ outcome, command, fields }) => ({
    title:
      outcome !== 'applied' || isAddition({ fields })
        ? 'To look:'
        : run.undoneBy === undefined && run.plan.verb !== 'undo'
          ? 'To put it back without Firebreak:'
          : 'To reverse it without Firebreak:',
    command,
  }));

/** The newest runs of the channel's case, or all of one run. */
export const status = async (
  { ledger }: { readonly ledger: StatusLedger },
  channel: string,
  id: string | undefined,
): Promise<Reply> => {
  if (id !== undefined) {
    const run = await ledger.run(id);
    if (run === undefined || run.plan.channel !== channel)
      return { kind: 'say', text: `There is no run ${id} in this channel.`, example: '/k8s status' };
    const lines = [...details(run), ...(await proofLines(ledger, run))];
    return { kind: 'say', text: line(run), lines, commands: commands(run), objects: objects(run) };
  }
  const runs = await ledger.recentRuns(channel, SHOWN_RUNS);
  return runs.length === 0
    ? { kind: 'say', text: 'Nothing has been asked for in this channel yet.', example: '/k8s help' }
    : { kind: 'say', text: `Case ${runs[0]?.case ?? ''}, newest first:`, lines: runs.map(line) };
};
