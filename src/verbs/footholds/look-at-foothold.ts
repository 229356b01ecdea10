import type { ClusterReader } from '../../core/cluster.ts';
import type { FootholdRef } from '../../core/foothold.ts';
import type { FootholdSight } from './foothold-sight.ts';
import { lookAtJob } from './look-at-job.ts';
import { lookBesideTarget } from './look-beside-target.ts';

/** Looks at it once. Throws as `ClusterReader` does, but for what is not there. */
export const lookAtFoothold = (
  cluster: Pick<ClusterReader, 'get' | 'list'>,
  ref: FootholdRef,
  signal: AbortSignal,
): Promise<FootholdSight> =>
  ref.kind === 'ephemeral container'
    ? lookBesideTarget(cluster, ref, signal)
    : lookAtJob(cluster, ref, signal);
