import type { Clock } from '../core/clock.ts';
import type { Digest } from '../core/digest.ts';
import type { EvidenceStore } from '../core/evidence.ts';
import type { OpenNodeSide } from '../core/node-side.ts';
import type { ChannelPolicy } from '../core/policy.ts';
import type { Verb } from '../core/verb.ts';
import type { Clusters } from './clusters.ts';
import type { Directory } from './directory.ts';
import type { Ledger } from './ledger.ts';

/** The log as the flow writes it: facts first, then a sentence. */
export interface Log {
  info(facts: object, sentence: string): void;
  warn(facts: object, sentence: string): void;
  error(facts: object, sentence: string): void;
}

/** What every use case is given. */
export interface FlowDeps {
  readonly ledger: Ledger;
  readonly directory: Directory;
  readonly clusters: Clusters;
  readonly nodeSide: OpenNodeSide;
  readonly verbs: readonly Verb[];
  readonly store: EvidenceStore;
  /** `plaintext`: the configuration lets files be stored unencrypted. `encrypted`: the store encrypts them. */
  readonly storage: 'plaintext' | 'encrypted' | 'refused';
  readonly channels: readonly ChannelPolicy[];
  /** SHA-256 of everything in the configuration that a decision rests on. */
  readonly policyDigest: string;
  readonly digest: Digest;
  readonly clock: Clock;
  readonly log: Log;
  /** The pod that Firebreak itself runs in, which is never a target. Undefined outside a cluster. */
  readonly ownPod: string | undefined;
  readonly version: string;
}

/** Reading and planning end by then: the person waits for an answer. */
export const PLANNING_DEADLINE_MS = 30_000;
