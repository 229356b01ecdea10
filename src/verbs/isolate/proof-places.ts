import type { Clock } from '../../core/clock.ts';
import type { ClusterClient } from '../../core/cluster.ts';
import type { ClusterEntry } from '../../core/cluster-entry.ts';
import { FirebreakError } from '../../core/firebreak-error.ts';
import type { FootholdRef } from '../../core/foothold.ts';
import { SAID } from '../../core/read-flags.ts';
import { podTarget, type Target } from '../../core/target.ts';
import type { Arguments, RunNames } from '../../core/verb.ts';
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
}

/** Where the tries are made from, once it runs; and a whole sentence where the control does not. */
export interface FoundPlaces {
  readonly places: ProofPlaces;
  readonly without?: string;
}

/**
 * Waits for the run's footholds. Without a control there still is a proof, which then says so; without a place in the pod's
 * own network there is none. Throws `not-running` and what the cluster throws.
 */
export const findPlaces = async (wanted: PlacesWanted): Promise<FoundPlaces> => {
  const { cluster, clock, signal, entry, names, target } = wanted;
  const pod = podTarget(target);
  const { namespace, name, uid } = pod;
  const wait = (ref: FootholdRef) => waitForFoothold(cluster, ref, signal, clock);
  const control = async (): Promise<Pick<FoundPlaces, 'without'> & Pick<ProofPlaces, 'control'>> => {
    if (entry.toolImage === undefined) return { control: undefined };
    try {
      return {
        control: await wait({ kind: 'probe pod', run: names.run, namespace: entry.footholds.namespace }),
      };
    } catch (thrown) {
      signal.throwIfAborted();
      if (!(thrown instanceof FirebreakError)) throw thrown;
      return { control: undefined, without: `${thrown.message} ${thrown.next}` };
    }
  };
  const own = wanted.arguments['probe-with-target'] === SAID;
  const [beside, outside] = await Promise.all([
    own
      ? { namespace, pod: name, container: runningContainer(pod) }
      : wait({ kind: 'ephemeral container', run: names.run, namespace, pod: name, uid }),
    control(),
  ]);
  const { control: found, ...told } = outside;
  return {
    places: {
      ...{ client: cluster, clock, signal, control: found },
      from: { ...beside, tools: own ? 'target' : 'tool image' },
    },
    ...told,
  };
};
