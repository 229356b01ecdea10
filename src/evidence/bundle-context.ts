import type { Clock } from '../core/clock.ts';
import type { ClusterClient } from '../core/cluster.ts';
import type { Digest } from '../core/digest.ts';
import type { EvidenceStore, Progress } from '../core/evidence.ts';

/** What a bundle needs to be opened. */
export interface OpenBundleOptions {
  readonly store: EvidenceStore;
  /** `<case>/<run>`. */
  readonly bundle: string;
  readonly client: ClusterClient;
  readonly clock: Clock;
  readonly digest: Digest;
  /** Key of the case's keyed hashes; 32 random bytes that stay outside the bundle. */
  readonly caseKey: Uint8Array;
  /** Ends what is being read. What arrived is published as INCOMPLETE; `seal` still works unless the run goes on elsewhere. */
  readonly signal: AbortSignal;
  readonly progress: (progress: Progress) => void;
  /** What `EvidenceStore.supersede` moved before this capture began. */
  readonly superseded: readonly string[];
}
