import type { ClusterGuard } from './policy.ts';
import type { Provider } from './provider.ts';

/** A configured cluster, as far as a request needs to know it. */
export interface ClusterEntry {
  readonly name: string;
  readonly provider: Provider;
  /** Namespaces that may be used; empty means every one that the identity can see. */
  readonly namespaces: readonly string[];
  readonly guard: ClusterGuard;
}
