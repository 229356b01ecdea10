import type { Clock } from '../../core/clock.ts';
import type { ClusterClient } from '../../core/cluster.ts';
import type { ClusterEntry } from '../../core/cluster-entry.ts';
import { FirebreakError } from '../../core/firebreak-error.ts';
import { type FootholdRef, footholdName } from '../../core/foothold.ts';
import { SAID } from '../../core/read-flags.ts';
import { podTarget, type Target, targetName } from '../../core/target.ts';
import type { Arguments, Drift, RunNames } from '../../core/verb.ts';
import { waitForFoothold } from '../footholds/wait-for-foothold.ts';
import { runningContainer } from './planned-footholds.ts';
import type { ProofPlaces } from './prove/try-both-ways.ts';

export interface PlacesWanted {
  readonly cluster: ClusterClient;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly entry: ClusterEntry;
  readonly target: Target;
  readonly names: RunNames;
  readonly arguments: Arguments;
  /** Containers that are not those that were approved: none of their programs may run. */
  readonly drift: readonly Drift[];
}

/** Where the tries are made from, once it runs; and a whole sentence where the control does not. */
export interface FoundPlaces {
  readonly places: ProofPlaces;
  readonly without?: string;
}

/** How much longer than for the place in the pod a control is waited for: all that time the pod is on the network. */
const CONTROL_LATER_MS = 20_000;

/**
 * Waits for the run's footholds. Without a control there still is a proof, which then says so; without a place in the pod's
 * own network there is none. Throws `not-running`, `target-replaced` and what the cluster throws.
 */
export const findPlaces = async (wanted: PlacesWanted): Promise<FoundPlaces> => {
  const { cluster, clock, signal } = wanted;
  const over = new AbortController();
  const late = new AbortController();
  const beside = besideTarget(wanted);
  const inTime = async (): Promise<void> => {
    try {
      await beside;
      await clock.sleep(CONTROL_LATER_MS, over.signal);
      late.abort();
    } catch {
      // Whoever awaits the place in the pod throws for it; and a control that came in time needs no bound.
    }
  };
  const bounded = inTime();
  try {
    const [from, outside] = await Promise.all([beside, controlWithin(wanted, late.signal)]);
    const { control, ...told } = outside;
    return { places: { client: cluster, clock, signal, control, from }, ...told };
  } finally {
    over.abort();
    late.abort();
    await bounded;
  }
};

/** Where in the pod's own network the tries are made from. */
const besideTarget = async (wanted: PlacesWanted): Promise<ProofPlaces['from']> => {
  const { cluster, clock, signal, names, target, drift } = wanted;
  const pod = podTarget(target);
  const { namespace, name, uid } = pod;
  if (wanted.arguments['probe-with-target'] !== SAID) {
    const ref = { kind: 'ephemeral container', run: names.run, namespace, pod: name, uid } as const;
    return { ...(await waitForFoothold(cluster, ref, signal, clock)), tools: 'tool image' };
  }
  const container = runningContainer(pod);
  if (drift.every((one) => one.container !== container))
    return { namespace, pod: name, container, tools: 'target' };
  throw new FirebreakError({
    code: 'target-replaced',
    message: `Container ${container} of ${targetName(target)} was restarted since this was approved, and what runs in it now may not be used.`,
    next: 'Ask again; or leave `--probe-with-target` out, so that a container of Firebreak’s own is used.',
  });
};

type Control = Pick<FoundPlaces, 'without'> & Pick<ProofPlaces, 'control'>;

const controlWithin = async (
  { cluster, clock, signal, entry, names }: PlacesWanted,
  late: AbortSignal,
): Promise<Control> => {
  if (entry.toolImage === undefined) return { control: undefined };
  const { namespace } = entry.footholds;
  const ref: FootholdRef = { kind: 'probe pod', run: names.run, namespace };
  try {
    return { control: await waitForFoothold(cluster, ref, AbortSignal.any([signal, late]), clock) };
  } catch (thrown) {
    signal.throwIfAborted();
    if (late.aborted) return { control: undefined, without: tooLate(ref) };
    if (!(thrown instanceof FirebreakError)) throw thrown;
    return { control: undefined, without: `${thrown.message} ${thrown.next}` };
  }
};

const tooLate = ({ kind, run, namespace }: FootholdRef): string =>
  `The ${kind} ${footholdName(kind, run)} in namespace ${namespace} did not run ${CONTROL_LATER_MS / 1000} s after all else was ready, and the pod was not left on the network for it any longer. Look at it with \`kubectl describe job ${footholdName(kind, run)} -n ${namespace}\`.`;
