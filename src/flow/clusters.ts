import type { Identity } from '../core/cloud.ts';
import type { ClusterClient, ClusterReader } from '../core/cluster.ts';
import type { ClusterGuard } from '../core/policy.ts';
import type { Provider } from '../core/provider.ts';

export interface ClusterEntry {
  readonly name: string;
  readonly provider: Provider;
  /** Namespaces that may be used; empty means every one that the identity can see. */
  readonly namespaces: readonly string[];
  readonly guard: ClusterGuard;
}

/** The configured clusters. Connections are made when first used and kept. */
export interface Clusters {
  readonly entries: readonly ClusterEntry[];
  reader(cluster: string, signal: AbortSignal): Promise<ClusterReader & { readonly server: string }>;
  /** Only for an approved run. */
  client(cluster: string, identity: Exclude<Identity, 'read'>, signal: AbortSignal): Promise<ClusterClient>;
}
