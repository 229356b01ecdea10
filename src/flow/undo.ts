import { askedVerbs } from '../core/asked-verbs.ts';
import { type Change, isMade, type ObjectRef } from '../core/change.ts';
import type { ClusterReader } from '../core/cluster.ts';
import { FirebreakError } from '../core/firebreak-error.ts';
import { heldFields } from '../core/held-fields.ts';
import { isMark } from '../core/marks.ts';
import type { VerbOnRunCommand } from '../core/parse-command.ts';
import { readKnown } from '../core/read-known.ts';
import { isObjectPath } from '../core/structure.ts';
import { targetName } from '../core/target.ts';
import type { UndoneObject } from '../core/verb.ts';
import type { FlowDeps } from './deps.ts';
import { readTarget } from './find-drift.ts';
import { aboutObject, granted } from './granted.ts';
import type { Run } from './ledger.ts';
import { type Asked, type MakePlan, planRun } from './plan-run.ts';
import { readMetadata } from './read-object.ts';
import type { CommandInput } from './use-cases.ts';

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

/** The run whose change was put back in the end. */
const deedOf = async ({ ledger }: FlowDeps, undo: Run): Promise<Run> => {
  const { run } = undo.plan.arguments;
  return (typeof run === 'string' ? await ledger.run(run) : undefined) ?? undo;
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
): Promise<MakePlan> => {
  const { verb } = command;
  const done = await runOfChannel(deps, command.run, input.channel);
  if (done.plan.verb === verb.name)
    throw nothing(
      `${done.id} is itself an undo.`,
      `To do again what it put back, ask for it as a new run: \`/k8s ${(await deedOf(deps, done)).command}\`.`,
    );
  if (done.state === 'queued' || done.state === 'running')
    throw nothing(
      `${done.id} is not at its end yet.`,
      'Cancel it, or wait until its card says how it ended.',
    );
  if (done.plan.effect === 'irreversible')
    throw nothing(
      `What ${done.id} did (${done.plan.verb}) is irreversible, so there is no undo.`,
      'Its card and its thread say what it did.',
    );
  const changes = (await deps.ledger.changesOf(done.id)).filter(({ state }) => state !== 'not applied');
  const [target] = done.plan.targets;
  const entry = deps.clusters.entries.find(({ name }) => name === done.plan.cluster.name);
  if (changes.length === 0 || target === undefined)
    throw nothing(`${done.id} changed nothing, so there is nothing to put back.`);
  if (entry === undefined)
    throw new FirebreakError({
      code: 'cluster-unknown',
      message: `The cluster ${done.plan.cluster.name} of ${done.id} is no longer in the configuration.`,
      next: 'Put it back with the kubectl command in its thread.',
    });
  const question = {
    cluster: entry.name,
    guard: entry.guard,
    // It may have been what the run changed that made the target a protected one.
    ...(done.plan.protection === undefined ? {} : { target: done.plan.protection }),
  };
  const doing = deps.verbs.find(({ name }) => name === done.plan.verb) ?? { name: done.plan.verb };
  const asked = [...askedVerbs(doing, entry, done.plan.arguments), verb.name] as const;
  granted(deps, input.channel, asked, question);

  if (target.namespace !== '' && entry.namespaces.length > 0 && !entry.namespaces.includes(target.namespace))
    throw new FirebreakError({
      code: 'policy-refused',
      message: `The namespace ${target.namespace} of ${entry.name} may no longer be used.`,
      next: 'Put it back with the kubectl command in its thread, or have the namespace allowed again.',
    });
  const reader = await deps.clusters.reader(entry.name, signal);
  const isTargets = ({ object }: Pick<Change, 'object'>): boolean => object.uid === target.uid;
  const raw = await readTarget(reader, target, signal).catch((thrown: unknown) => {
    if (!(thrown instanceof FirebreakError && thrown.code === 'target-replaced')) throw thrown;
    if (changes.every(isTargets))
      throw nothing(
        `${targetName(target)}, which ${done.id} changed, is gone or was replaced, so nothing is held there.`,
      );
  });
  const grantedFor: Asked['grantedFor'] = (beside) =>
    granted(deps, input.channel, asked, { ...question, ...aboutObject(beside) });
  const requirement = grantedFor(
    raw === undefined ? { namespace: target.namespace, labels: {} } : readMetadata(raw, target.kind),
  );
  return planRun(deps, {
    ...{ input, verb, entry, reader, kind: target.kind, raw, requirement, signal },
    grantedFor,
    ...(raw === undefined ? { gone: { ...target, presence: 'gone' } } : {}),
    undoes: changes.filter(isTargets),
    undoesElsewhere: await elsewhere(
      deps,
      reader,
      changes.filter((change) => !isTargets(change)),
      signal,
    ),
    arguments: { ...command.arguments, run: done.id },
    notes: [
      ...command.notes,
      `It undoes ${done.id} (${done.plan.verb}).`,
      ...(done.plan.effect === 'compensated'
        ? [`What ${done.plan.verb} did comes back in another form.`]
        : []),
    ],
  });
};

/** What a run did to objects that are not its target, with each as it is now. */
const elsewhere = async (
  { ledger }: FlowDeps,
  reader: ClusterReader,
  changes: readonly Change[],
  signal: AbortSignal,
): Promise<readonly UndoneObject[]> =>
  await Promise.all(
    [...Map.groupBy(changes, ({ object }) => object.uid).values()].flatMap((group) => {
      const [first] = group;
      if (first === undefined) return [];
      return [
        (async (): Promise<UndoneObject> => {
          const { object, cluster } = first;
          const held = heldFields(await ledger.history([cluster], object.uid));
          const made = held.find(({ path }) => isObjectPath(path));
          const there = await readKnown(reader, made ?? { object, after: null }, signal);
          const raw = isStill(object, group, there) ? there : undefined;
          return { object, changes: group, raw, held: held.filter((field) => !isMark(field)) };
        })(),
      ];
    }),
  );

/** Whether what was read is the object that was changed, and not another one of its name. */
const isStill = (object: ObjectRef, changes: readonly Change[], raw: unknown): boolean => {
  if (raw === undefined) return false;
  const { uid } = readMetadata(raw, object.kind);
  if (!isMade(object)) return uid === object.uid;
  const made = changes.flatMap(({ madeUid }) => madeUid ?? []);
  return made.length === 0 || made.includes(uid);
};
