import type { Cloud, CloudContext } from '../../src/core/cloud.ts';
import type { ErrorCode } from '../../src/core/firebreak-error.ts';

/** Where a provider's source says that the cluster is. */
export interface PointedCluster {
  readonly server: URL;
  readonly caPem: string;
}

/** A source that is asked over the network, and what can go wrong there. */
export interface RemoteSource {
  /** So many of the next calls for a credential are answered as too many; then the source answers again. */
  throttle(times: number): void;
  /** From now on the source takes every call for a credential and answers none. */
  hang?(): void;
  /** Milliseconds that were waited before each repetition so far, where the provider waits by the context's clock. */
  waits?(): readonly number[];
}

/** One provider with a source of its own (files, a stand-in of a cloud's API) that the test turns. */
export interface CloudScene {
  readonly cloud: Cloud;
  /** The provider's keys as `firebreak.yml` holds them. */
  readonly options: unknown;
  readonly context: CloudContext;
  /** Absent where the provider only reads files. */
  readonly remote?: RemoteSource;
  /** The source describes this cluster from now on. */
  pointTo(cluster: PointedCluster): Promise<void>;
  /** What the cluster's authenticator says of a bearer token. */
  accepts(token: string): boolean;
  /** No token handed out so far is accepted any more; the source gives another. */
  revoke(): Promise<void>;
  /** The token handed out last is valid for less than a minute; the source gives another. */
  age(): Promise<void>;
  /** How often the source was asked for a credential. */
  fetches(): number;
  /** Every secret that was handed out. */
  secrets(): readonly string[];
  close(): Promise<void>;
}

/** What goes wrong at the source, and what a person then reads. */
export interface CloudFailure {
  readonly when: string;
  readonly code: ErrorCode;
  readonly says: RegExp;
  readonly arrange: (scene: CloudScene) => Promise<void>;
  /** Keys instead of the scene's. */
  readonly options?: unknown;
}
