import type { ClusterEntry } from '../../core/cluster-entry.ts';
import { type ClusterCheckDeps, checkCluster } from './check-cluster.ts';
import type { CheckedPart } from './check-row.ts';
import { someAtOnce } from './in-time.ts';

/** Clusters looked at at once: each is a connection or two, with a deadline of its own. */
const CLUSTERS_AT_ONCE = 8;

/** Several clusters, some at once; a slow one does not hold the others. By reads and reviews about itself alone. */
export const checkClusters = async (
  deps: ClusterCheckDeps,
  entries: readonly ClusterEntry[],
  signal: AbortSignal,
): Promise<readonly CheckedPart[]> => {
  const checked = await someAtOnce(entries, (entry) => checkCluster(deps, entry, signal), CLUSTERS_AT_ONCE);
  return checked.flat();
};
