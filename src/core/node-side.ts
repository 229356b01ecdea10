import type { Write } from './change.ts';
import type { Clock } from './clock.ts';
import type { ClusterClient, ClusterReader, ClusterWriter } from './cluster.ts';
import type { ClusterEntry } from './cluster-entry.ts';
import type { RunNames } from './verb.ts';

/**
 * Reads and writes what lies on a node, under the rules of an API server: what has a name already is refused (`conflict`),
 * a deletion is bound to what was seen, and what is not there is `not-found`. It waits for the run's node pod.
 */
export type NodeSide = Pick<ClusterReader, 'get'> & ClusterWriter;

export interface NodeSideInit {
  /** By the identity that acts. */
  readonly cluster: Pick<ClusterReader, 'get'>;
  /** By the identity that reaches nodes. */
  readonly nodes: ClusterClient;
  readonly names: RunNames;
  /** Of the run's plan: what is to stand there, or to be taken away. */
  readonly writes: readonly Write[];
  readonly entry: ClusterEntry;
  readonly clock: Clock;
}

/** The composition root gives the one that enters network namespaces. */
export type OpenNodeSide = (init: NodeSideInit) => NodeSide;
