import type { Identity } from '../core/cloud.ts';
import type { ClusterClient, ClusterReader, ClusterWriter } from '../core/cluster.ts';
import type { ClusterEntry } from '../core/cluster-entry.ts';

/** The configured clusters. Connections are made when first used and kept. */
export interface Clusters {
  readonly entries: readonly ClusterEntry[];
  reader(cluster: string, signal: AbortSignal): Promise<ClusterReader & { readonly server: string }>;
  /** Only for an approved run. */
  client(
    cluster: string,
    identity: Exclude<Identity, 'read'>,
    signal: AbortSignal,
  ): Promise<ClusterClient & ClusterWriter>;
}
