import type { CloudCaller, Identity, OnBehalfOf } from '../core/cloud.ts';
import type { ClusterClient, ClusterInspector, ClusterReader, ClusterWriter } from '../core/cluster.ts';
import type { ClusterEntry } from '../core/cluster-entry.ts';

export interface AssumedIdentity {
  readonly identity: Exclude<Identity, 'read'>;
  readonly onBehalfOf: OnBehalfOf;
}

export interface RunConnection extends Disposable {
  readonly client: ClusterClient & ClusterWriter;
}

/** Whom a run would be in the cluster. */
export interface Acting {
  /** The user that it would impersonate; absent where it would be the identity itself. */
  readonly user?: string;
  /** Why it would be the identity itself, where that is to be mended; a sentence that begins with a blank, or nothing. */
  readonly note: string;
  /** Asked as that user. */
  readonly allowed: ClusterReader['allowed'];
}

export interface PlanningConnection extends ClusterReader {
  readonly server: string;
  /**
   * What a run by this same identity would be. Another acting one is assumed after approval alone, so that nothing can
   * be known of it before.
   */
  acting(signal: AbortSignal): Promise<Acting>;
}

/** A connection of one identity for `firebreak check`, made for nobody's run. Each method fails on its own. */
export interface Look extends ClusterInspector, Disposable {
  /** Its origin: `https://host:port`. */
  readonly server: string;
  /** By whom its certificate has to be issued. */
  readonly trust: 'its own CA' | 'a public CA';
  /** Its own CA, as PEM. */
  readonly caPem?: string;
  /** Who the provider says this is. */
  caller(signal: AbortSignal): Promise<CloudCaller>;
  /** As `allowed`, asked in the name of another user: the one that a run would be. */
  allowedAs(user: string): ClusterReader['allowed'];
}

/** The configured clusters. Connections are made when first used and kept. */
export interface Clusters {
  readonly entries: readonly ClusterEntry[];
  reader(cluster: string, signal: AbortSignal): Promise<PlanningConnection>;
  /**
   * A connection of one approved run, which ends with it: the identity is assumed for this run alone, and the cluster's
   * audit log is told whose it is in the way that `attributionOf` finds.
   */
  forRun(cluster: string, assumed: AssumedIdentity, signal: AbortSignal): Promise<RunConnection>;
  /** A connection of its own by any identity, to be disposed of. Rejects with why it can't be made. */
  look(cluster: string, identity: Identity, signal: AbortSignal): Promise<Look>;
}
