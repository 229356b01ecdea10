import { FirebreakError } from '../core/firebreak-error.ts';
import type { VerbOnRunCommand } from '../core/parse-command.ts';
import { targetName } from '../core/target.ts';
import type { FlowDeps } from './deps.ts';
import { readTarget } from './find-drift.ts';
import { granted } from './granted.ts';
import type { Run } from './ledger.ts';
import { planRun } from './plan-run.ts';
import { readMetadata } from './read-object.ts';
import { recordRun } from './record-run.ts';
import type { CommandInput, Reply } from './use-cases.ts';

const nothing = (message: string, next = 'See `/k8s in-force` for what Firebreak holds.'): FirebreakError =>
  new FirebreakError({ code: 'conflict', message, next });

/** Throws `not-found` for a run of another channel: it is not told apart from none. */
const runOfChannel = async ({ ledger }: FlowDeps, id: string, channel: string): Promise<Run> => {
  const run = await ledger.run(id);
  if (run !== undefined && run.plan.channel === channel) return run;
  throw new FirebreakError({
    code: 'not-found',
    message: `There is no run ${id} in this channel.`,
    next: 'See `/k8s status` and `/k8s in-force`.',
  });
};

/**
 * A run that puts back what another did. Undoing needs what doing needed at least, so the rules for both verbs are
 * asked and the stricter one counts.
 */
export const planUndo = async (
  deps: FlowDeps,
  input: CommandInput,
  command: VerbOnRunCommand,
  signal: AbortSignal,
): Promise<Reply> => {
  const { verb } = command;
  const done = await runOfChannel(deps, command.run, input.channel);
  if (done.state === 'queued' || done.state === 'running')
    throw nothing(
      `${done.id} is not at its end yet.`,
      'Cancel it, or wait until its card says how it ended.',
    );
  const undoes = (await deps.ledger.changesOf(done.id)).filter(({ state }) => state !== 'not applied');
  const [target] = done.plan.targets;
  const entry = deps.clusters.entries.find(({ name }) => name === done.plan.cluster.name);
  if (undoes.length === 0 || target === undefined)
    throw nothing(`${done.id} changed nothing, so there is nothing to put back.`);
  if (entry === undefined)
    throw new FirebreakError({
      code: 'cluster-unknown',
      message: `The cluster ${done.plan.cluster.name} of ${done.id} is no longer in the configuration.`,
      next: 'Put it back with the kubectl command in its thread.',
    });
  const question = { cluster: entry.name, guard: entry.guard };
  granted(deps, input.channel, [done.plan.verb, verb.name], question);

  const reader = await deps.clusters.reader(entry.name, signal);
  const raw = await readTarget(reader, target, signal).catch((thrown: unknown) => {
    throw thrown instanceof FirebreakError && thrown.code === 'target-replaced'
      ? nothing(
          `${targetName(target)}, which ${done.id} changed, is gone or was replaced, so nothing is held there.`,
        )
      : thrown;
  });
  const { namespace, labels } = readMetadata(raw, target.kind);
  const requirement = granted(deps, input.channel, [done.plan.verb, verb.name], {
    ...question,
    ...(namespace === '' ? {} : { namespace }),
    labels,
  });
  const plan = await planRun(deps, {
    ...{ input, verb, entry, reader, kind: target.kind, raw, requirement, undoes, signal },
    arguments: { ...command.arguments, run: done.id },
    notes: [...command.notes, `It undoes ${done.id} (${done.plan.verb}).`],
  });
  return recordRun(deps, input, plan, command.reason);
};
