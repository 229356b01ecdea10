import type { Cloud, Identity } from '../core/cloud.ts';
import type { ClusterEntry } from '../core/cluster-entry.ts';
import type { Digest } from '../core/digest.ts';
import type { Verb } from '../core/verb.ts';

export interface ConfiguredCluster extends ClusterEntry {
  readonly cloud: Cloud;
  /** The provider's own options, by identity, already parsed. */
  readonly options: Readonly<Record<Identity, unknown>>;
}

export interface ConfigContext {
  readonly path: string;
  readonly dataDir: string;
  readonly clouds: readonly Cloud[];
  readonly verbs: readonly Verb[];
  readonly digest: Digest;
}
