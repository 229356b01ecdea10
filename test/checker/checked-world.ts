import type { StoreEvent } from '../../sandbox/cluster/api/object-store.ts';
import type { RecordedRequest } from '../../sandbox/cluster/api/recorded-request.ts';
import type { Message } from '../../sandbox/slack/visible.ts';

/** The channel as the stand-in keeps it. */
export interface CheckedSlack {
  readonly channels: Readonly<Record<string, { readonly id: string }>>;
  readonly people: Readonly<Record<string, { readonly id: string }>>;
  messages(channel: string): readonly Message[];
  ephemerals(channel: string, user: string): readonly unknown[];
}

/** What was asked of the cluster, and what its objects were one after the other, by its own records. */
export interface CheckedCluster {
  readonly requests: readonly RecordedRequest[];
  readonly history: readonly (StoreEvent & { readonly at: Date })[];
}

/** Everything an incident left behind, read without the code under test. */
export interface CheckedWorld {
  /** As the schema's owner. */
  readonly databaseUrl: string;
  /** The folder that holds `<case>/<run>/`. */
  readonly evidence: string;
  /** Multipart uploads that stand open in the bucket; left out where there is none. */
  readonly openUploads?: readonly { readonly key: string }[];
  /** Runs whose bucket was away until their end. */
  readonly bucketAwayAtEndOf?: readonly string[];
  readonly slack: CheckedSlack;
  readonly cluster: CheckedCluster;
  /** What may stand in no message, no log line and no bundle. */
  readonly secrets: readonly string[];
  /** What the Firebreak processes wrote. */
  readonly log: string;
  /** The machine's time for a time of the database, whose clock a test may have moved. The same when left out. */
  readonly machineTime?: (at: Date) => Date;
}
