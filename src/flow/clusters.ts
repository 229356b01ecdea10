import type { Identity, OnBehalfOf } from '../core/cloud.ts';
import type { ClusterClient, ClusterReader, ClusterWriter } from '../core/cluster.ts';
import type { ClusterEntry } from '../core/cluster-entry.ts';

export interface AssumedIdentity {
  readonly identity: Exclude<Identity, 'read'>;
  readonly onBehalfOf: OnBehalfOf;
}

export interface RunConnection extends Disposable {
  readonly client: ClusterClient & ClusterWriter;
}

/** The configured clusters. Connections are made when first used and kept. */
export interface Clusters {
  readonly entries: readonly ClusterEntry[];
  reader(cluster: string, signal: AbortSignal): Promise<ClusterReader & { readonly server: string }>;
  /** A connection of one approved run, which ends with it: the identity is assumed for this run alone. */
  forRun(cluster: string, assumed: AssumedIdentity, signal: AbortSignal): Promise<RunConnection>;
}
