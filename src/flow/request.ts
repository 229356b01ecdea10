import { askedVerbs } from '../core/asked-verbs.ts';
import type { ClusterEntry } from '../core/cluster-entry.ts';
import { FirebreakError } from '../core/firebreak-error.ts';
import type { VerbCommand, VerbOnRunCommand } from '../core/parse-command.ts';
import { containersOf } from '../core/pod.ts';
import type { Arguments, Verb } from '../core/verb.ts';
import { chooseContainer } from './choose-container.ts';
import type { FlowDeps } from './deps.ts';
import { PLANNING_DEADLINE_MS } from './deps.ts';
import { findObject } from './find-object.ts';
import { aboutObject, granted } from './granted.ts';
import { type Asked, planRun } from './plan-run.ts';
import { readPod } from './read-object.ts';
import { recordRun } from './record-run.ts';
import { planUndo } from './undo.ts';
import type { CommandInput, Reply } from './use-cases.ts';

/**
 * From a parsed command to a run that waits for its approval, or is queued where the channel asks for none. Only reads
 * reach the cluster, by the `read` identity. Throws `FirebreakError`; nothing was recorded then.
 */
export const request = async (
  deps: FlowDeps,
  input: CommandInput,
  command: VerbCommand | VerbOnRunCommand,
): Promise<Reply> =>
  planInTime(command, async (signal) =>
    command.kind === 'verb'
      ? onObject(deps, input, command, signal)
      : recordRun(deps, input, await planUndo(deps, input, command, signal), command.reason),
  );

/** Somebody waits for the answer. Throws `cluster-timeout` when planning takes longer than they are made to. */
export const planInTime = async <Result>(
  command: VerbCommand | VerbOnRunCommand,
  plan: (signal: AbortSignal) => Promise<Result>,
): Promise<Result> => {
  const planning = AbortSignal.timeout(PLANNING_DEADLINE_MS);
  try {
    return await plan(planning);
  } catch (thrown) {
    throw planning.aborted && thrown === planning.reason ? tooSlow(command) : thrown;
  }
};

const tooSlow = (command: VerbCommand | VerbOnRunCommand): FirebreakError =>
  new FirebreakError({
    code: 'cluster-timeout',
    message: `${command.kind === 'verb' ? `Cluster ${command.cluster}` : `The cluster of ${command.run}`} did not answer in time, so nothing was planned.`,
    next: 'Ask again; if it stays so, look at the load of its API server and at the network between.',
    retry: 'retry can help',
  });

/** Throws `cluster-unknown`. */
const entryOf = ({ clusters }: FlowDeps, cluster: string): ClusterEntry => {
  const entry = clusters.entries.find(({ name }) => name === cluster);
  if (entry !== undefined) return entry;
  throw new FirebreakError({
    code: 'cluster-unknown',
    message: `There is no cluster ${cluster} in the configuration.`,
    next: 'See `/k8s clusters`.',
  });
};

/** Throws `evidence-store`, and `policy-refused` where evidence may not be kept as this version keeps it. */
const requireStore = async (deps: FlowDeps, verb: Verb, signal: AbortSignal): Promise<void> => {
  if (verb.leavesEvidence === 'nothing') return;
  if (deps.storage === 'refused')
    throw new FirebreakError({
      code: 'policy-refused',
      message: 'This version stores evidence unencrypted, and the configuration does not allow that.',
      next: 'Whoever runs Firebreak names a bucket under `evidence.s3`, or sets `evidence: { plaintext: true }` where that is acceptable.',
    });
  await deps.store.check(signal);
};

const onObject = async (
  deps: FlowDeps,
  input: CommandInput,
  command: VerbCommand,
  signal: AbortSignal,
): Promise<Reply> => {
  const { verb, target: wanted } = command;
  const entry = entryOf(deps, command.cluster);
  const question = { cluster: entry.name, guard: entry.guard };
  const asked = askedVerbs(verb, entry, command.arguments);
  granted(deps, input.channel, asked, question);
  await requireStore(deps, verb, signal);

  const reader = await deps.clusters.reader(entry.name, signal);
  const { kind, name } = wanted;
  const place = command.namespace === undefined ? {} : { namespace: command.namespace };
  const found = await findObject(reader, entry, { kind, name, ...place }, signal);
  if (found.kind === 'several')
    return {
      kind: 'choose',
      text: `There is a ${kind} ${name} in several namespaces of ${entry.name}. Which one?`,
      options: found.namespaces.map((namespace) => ({
        label: namespace,
        command: `${input.text.trim()} -n ${namespace}`,
      })),
    };
  const { raw, metadata } = found;
  const { namespace } = metadata;
  const grantedFor: Asked['grantedFor'] = (beside) =>
    granted(deps, input.channel, asked, { ...question, ...aboutObject(beside) });
  const requirement = grantedFor(metadata);
  if (kind === 'pod' && name === deps.ownPod && verb.effect !== 'read')
    throw new FirebreakError({
      code: 'policy-refused',
      message: 'That is the pod Firebreak itself runs in, which is never a target.',
      next: 'Use another installation of Firebreak for it.',
    });
  const container = verb.container === 'one' ? containerOf(input, command, raw) : { kind: 'chosen' as const };
  if (container.kind === 'choose') return container;

  const plan = await planRun(deps, {
    input,
    verb,
    entry,
    reader,
    kind,
    raw,
    requirement,
    grantedFor,
    arguments: { ...command.arguments, ...container.argument },
    undoes: [],
    undoesElsewhere: [],
    notes: [
      ...command.notes,
      ...(found.lookedUp === 'looked up' ? [`Found in the namespace ${namespace}; none was given.`] : []),
    ],
    signal,
  });
  return recordRun(deps, input, plan, command.reason);
};

type Choice =
  | { readonly kind: 'chosen'; readonly argument?: Arguments }
  | Extract<Reply, { readonly kind: 'choose' }>;

/** The one container that something runs in; an offer where there are several. Throws `not-found`. */
const containerOf = (input: CommandInput, command: VerbCommand, raw: unknown): Choice => {
  const pod = readPod(raw);
  const chosen = chooseContainer(containersOf(pod), pod.metadata.annotations, command.container);
  switch (chosen.kind) {
    case 'chosen':
      return { kind: 'chosen', argument: { container: chosen.name } };
    case 'several':
      return {
        kind: 'choose',
        text: `pod/${pod.metadata.name} has several containers. Which one?`,
        options: chosen.names.map((name) => ({ label: name, command: `${input.text.trim()} -c ${name}` })),
      };
    case 'no such container':
      throw new FirebreakError({
        code: 'not-found',
        message: `pod/${pod.metadata.name} has no container ${command.container ?? ''}.`,
        next: `It has: ${chosen.names.join(', ')}.`,
      });
  }
};
