import type { Clock } from '../../../core/clock.ts';
import type { ClusterClient } from '../../../core/cluster.ts';
import type { Foothold } from '../../../core/foothold.ts';
import type { ProofTargets, TryOutcome } from '../../../core/proof.ts';
import { runTries } from './run-tries.ts';
import type { ToolSet } from './tries-script.ts';

/** Where the tries are made from. */
export interface ProofPlaces {
  readonly client: Pick<ClusterClient, 'exec'>;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** A container in the pod's network: the foothold with the tool image, or the target itself. */
  readonly from: Foothold & { readonly tools: ToolSet };
  /** A pod outside of the isolation, with the tool image. */
  readonly control: Foothold | undefined;
}

/** One outcome for each target, in the order of the targets. */
export interface BothWays {
  readonly outward: readonly TryOutcome[];
  /** The outward tries from the control. */
  readonly outwardControl: readonly TryOutcome[];
  readonly inward: readonly TryOutcome[];
}

const NO_CONTROL: TryOutcome = { result: 'not tested', why: 'there is no pod to try it from' };

/**
 * Makes the outward tries from the pod while a listener stands in it, and from the control the same and the inward ones.
 * Takes about four seconds. Throws only when the signal aborts.
 */
export const tryBothWays = async (
  { client, clock, signal, from, control }: ProofPlaces,
  targets: Pick<ProofTargets, 'tries' | 'listenerPort'> & { readonly ways: 'both' | 'inward' },
): Promise<BothWays> => {
  const outward =
    targets.ways === 'both' ? targets.tries.filter(({ direction }) => direction === 'outward') : [];
  const inward = targets.tries.filter(({ direction }) => direction === 'inward');
  const listener = Promise.withResolvers<unknown>();
  const done = Promise.withResolvers<unknown>();
  const common = { client, clock, signal };
  const listens = from.tools === 'tool image' && control !== undefined;
  const fromPod = runTries({
    ...common,
    where: place(from),
    tools: from.tools,
    targets: outward,
    until: done.promise,
    ...(listens ? { listenerPort: targets.listenerPort } : {}),
    onListener: listener.resolve,
  });
  const fromControl = async (): Promise<readonly TryOutcome[]> => {
    const all = [...outward, ...inward];
    if (control === undefined) return all.map(() => NO_CONTROL);
    if (listens) await listener.promise;
    return await runTries({ ...common, where: place(control), tools: 'tool image', targets: all });
  };
  const [tried, controlled] = await Promise.all([fromPod, fromControl().finally(() => done.resolve('over'))]);
  return {
    outward: tried,
    outwardControl: controlled.slice(0, outward.length),
    inward: controlled.slice(outward.length),
  };
};

const place = ({ namespace, pod, container }: Foothold): Foothold => ({ namespace, pod, container });
