import type { ClusterClient } from '../../../core/cluster.ts';
import { FirebreakError } from '../../../core/firebreak-error.ts';
import { judgeProof, type NetworkFacts } from '../../../core/judge-proof.ts';
import {
  type OpenSocket,
  type Proof,
  type ProofSockets,
  type ProofTargets,
  type ProofTry,
  type RestartCounts,
  targetAddress,
} from '../../../core/proof.ts';
import { judgeSockets } from './judge-sockets.ts';
import { type ProvenPod, provenPodSchema, restartsOf } from './proven-pod.ts';
import { readSockets } from './read-sockets.ts';
import { type BothWays, type ProofPlaces, tryBothWays } from './try-both-ways.ts';
import type { InwardBefore } from './try-inward-before.ts';

/** What was known before the deny, or from the proof before this one. */
export interface KnownBefore {
  readonly inward: InwardBefore;
  /** Undefined when the sockets could not be read. */
  readonly open: readonly OpenSocket[] | undefined;
  readonly restarts: RestartCounts;
}

export interface ProveContext extends ProofPlaces {
  readonly client: Pick<ClusterClient, 'exec' | 'get'>;
  readonly pod: { readonly namespace: string; readonly name: string; readonly uid: string };
  readonly targets: ProofTargets;
  readonly before: KnownBefore;
  readonly facts: Pick<NetworkFacts, 'engine'>;
  /** `clock.monotonicMs()` when the deny stood; left out when that is long ago. */
  readonly deniedAtMs?: number;
}

/** What an engine gets to carry the policy to the node, and a connection to end. What gets through earlier is tried again. */
const AFTER_DENY_MS = 5_000;
const AGAIN_AFTER_MS = 1_000;
/** How often the sockets are looked at while any is open. */
const LOOKS = 3;

/**
 * Proves an isolation: makes the tries, looks at the connections that are left 5 s after the deny, and judges. It
 * changes nothing, so it can be repeated. What can't be tried is part of the verdict.
 *
 * Throws `target-replaced` when the pod is another one by now, `not-found`, `not-allowed`, `not-authenticated`,
 * `cluster-*` when it can't be read, and the signal's reason.
 */
export const prove = async (context: ProveContext): Promise<Proof> => {
  const { clock, targets, before, from, control } = context;
  const at = clock.now().toISOString();
  const pod = await readPod(context);
  const tried = await tryUntilEnforced(context, pod);
  await sinceDeny(context, AFTER_DENY_MS);
  const sockets = await lookAtSockets(context, pod);
  const after = await readPod(context);
  const tries = provenTries(targets, tried, before.inward);
  const restarts = { before: before.restarts, after: restartsOf(after) };
  const by = from.tools === 'tool image' ? 'firebreak tools' : "the suspect's own tools";
  const judgement = judgeProof({
    ...{ tries, sockets, restarts, by, lacking: targets.lacking },
    control: control === undefined ? 'none' : 'present',
    facts: { ...context.facts, network: pod.spec.hostNetwork ? 'host' : 'pod' },
  });
  return {
    format: 'firebreak.proof/1',
    at,
    target: { uid: context.pod.uid },
    ...judgement,
    tries,
    sockets,
    restarts,
    by,
  };
};

/** Waits until the deny is `ms` old. */
const sinceDeny = async ({ clock, signal, deniedAtMs }: ProveContext, ms: number): Promise<void> => {
  const left = deniedAtMs === undefined ? 0 : deniedAtMs + ms - clock.monotonicMs();
  if (left > 0) await clock.sleep(left, signal);
};

const tryUntilEnforced = async (context: ProveContext, { spec }: ProvenPod): Promise<BothWays> => {
  const { clock, signal, targets, deniedAtMs } = context;
  for (;;) {
    const tried = await tryBothWays(context, { ...targets, ways: 'both' });
    const isThrough = [...tried.outward, ...tried.inward].some(({ result }) => result === 'reached');
    const age = deniedAtMs === undefined ? Number.POSITIVE_INFINITY : clock.monotonicMs() - deniedAtMs;
    if (!isThrough || spec.hostNetwork || age >= AFTER_DENY_MS) return tried;
    await clock.sleep(AGAIN_AFTER_MS, signal);
  }
};

/** What is open for a moment, as a probe from an address of the node that nobody knows, is gone when looked at again. */
const lookAtSockets = async (context: ProveContext, pod: ProvenPod): Promise<ProofSockets> => {
  const { client, clock, signal, targets, from } = context;
  const { namespace, pod: name, container, tools } = from;
  const where = { namespace, pod: name, container };
  for (let look = 1; ; look += 1) {
    const seen = await readSockets({ client, clock, signal, where, tools });
    const sockets = judgeSockets({
      ...{ seen, pod, listenerPort: targets.listenerPort, openBefore: context.before.open },
    });
    const isOpen = sockets.state === 'read' && sockets.stillOpen + sockets.newlyOpen > 0;
    if (!isOpen || look === LOOKS) return sockets;
    await clock.sleep(AGAIN_AFTER_MS, signal);
  }
};

const readPod = async ({ client, pod, signal }: ProveContext): Promise<ProvenPod> => {
  const { namespace, name, uid } = pod;
  const path = { group: '', version: 'v1', resource: 'pods', namespace, name };
  const found = provenPodSchema.parse(await client.get(path, signal));
  if (found.metadata.uid === uid) return found;
  throw new FirebreakError({
    code: 'target-replaced',
    message: `pod/${name} in ${namespace} is not the pod that was isolated: it has another UID.`,
    next: 'Look at what became of the isolated one; the new one is not isolated by it.',
  });
};

const provenTries = (
  { tries }: ProofTargets,
  { outward, outwardControl, inward }: BothWays,
  inwardBefore: InwardBefore,
): readonly ProofTry[] => {
  const results = {
    outward: outward.map((outcome, index) => ({ outcome, control: outwardControl[index]?.result })),
    inward: inward.map((outcome) => ({ outcome, control: undefined })),
  };
  const next = { outward: 0, inward: 0 };
  return tries.map((target): ProofTry => {
    const { direction, what } = target;
    const address = targetAddress(target);
    const found = results[direction][next[direction]++];
    const control = direction === 'inward' ? inwardBefore[address] : found?.control;
    return {
      ...{ direction, what, address },
      ...(found?.outcome ?? { result: 'not tested' }),
      control: control ?? 'not tested',
    };
  });
};

/** What the next proof of the same isolation starts from. */
export const knownFrom = ({ tries, sockets, restarts }: Proof): KnownBefore => ({
  inward: Object.fromEntries(
    tries.filter(({ direction }) => direction === 'inward').map(({ address, control }) => [address, control]),
  ),
  open: sockets.state === 'read' ? sockets.open : undefined,
  restarts: restarts.before,
});
