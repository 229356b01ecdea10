import type { ClusterReader } from '../../core/cluster.ts';
import type { Foothold, FootholdRef } from '../../core/foothold.ts';
import { lookAtFoothold } from './look-at-foothold.ts';

/**
 * The foothold of a run that an earlier worker has left running; undefined where none runs. Nothing has to be remembered:
 * its name follows from the run's id. Throws as `ClusterReader` does, but for what is not there.
 */
export const findFoothold = async (
  cluster: Pick<ClusterReader, 'get' | 'list'>,
  ref: FootholdRef,
  signal: AbortSignal,
): Promise<Foothold | undefined> => {
  const sight = await lookAtFoothold(cluster, ref, signal);
  return sight.kind === 'running' ? sight.foothold : undefined;
};
