import type { Actor, AuditEvent } from '../core/audit-event.ts';
import type { Change, ChangeState, FieldChange, ObjectRef } from '../core/change.ts';
import type { Progress, SealedObject, StoreEndpoint } from '../core/evidence.ts';
import type { Finding } from '../core/finding.ts';
import type { Person } from '../core/person.ts';
import type { Plan } from '../core/plan.ts';
import type { Proof, Verdict } from '../core/proof.ts';
import type { Drifted, Nearby, ProofNews, ProofStanding, RoundResult } from '../core/proof-round.ts';
import type { ProvenRun } from '../core/proven-run.ts';
import type { RunState } from '../core/run-state.ts';

/** How a run ended, for its report. */
export interface RunResult {
  readonly summary: string;
  readonly findings: readonly Finding[];
  /** All that is missing of what it was to collect, where no method of this version can read it. */
  readonly outOfReach?: readonly string[];
  /** Of what it proved. */
  readonly verdict?: Verdict;
  readonly evidence?: {
    readonly reference: string;
    /** Of a store that speaks S3's protocol and is not AWS. */
    readonly endpoint?: StoreEndpoint;
    readonly manifestSha256: string;
    /** Where the store keeps versions: the one that was sealed. */
    readonly manifestVersion?: string;
    /** `SHA256SUMS`, and `INCOMPLETE` where something is. A result of an older version of Firebreak does not name them. */
    readonly seals?: readonly SealedObject[];
    readonly completeness: 'complete' | 'INCOMPLETE';
    readonly artifacts: readonly {
      readonly name: string;
      readonly bytes: number;
      readonly sha256: string;
      readonly version?: string;
      readonly completeness: string;
      readonly notes: readonly string[];
    }[];
  };
  /** What it did to the cluster, change by change; whatever its end. */
  readonly changes?: readonly ReportedChange[];
  /** A sentence that says what to do, when it failed. */
  readonly failure?: string;
}

/** A change as the channel is told it. */
export interface ReportedChange {
  readonly object: ObjectRef;
  readonly fields: readonly FieldChange[];
  readonly outcome: Exclude<ChangeState, 'intended'>;
  /** The kubectl command that reverses it by hand, or, where the outcome is unknown, the one that shows what is there. */
  readonly command: string;
}

export interface Decision {
  readonly person: Person;
  readonly verdict: 'approve' | 'deny';
  readonly at: Date;
}

export interface Run {
  readonly id: string;
  readonly case: string;
  readonly state: RunState;
  readonly plan: Plan;
  /** The RFC 8785 text of the plan as it was stored, and its SHA-256. */
  readonly planText: string;
  readonly planDigest: string;
  readonly requester: Person;
  readonly reason: string;
  readonly decisions: readonly Decision[];
  readonly requestedAt: Date;
  readonly expiresAt: Date;
  readonly startedAt?: Date;
  readonly endedAt?: Date;
  /** 0 before the first claim; each claim adds one. */
  readonly fence: number;
  readonly cancelRequestedBy?: Person;
  readonly progress?: Progress;
  readonly result?: RunResult;
  /** The command as it was typed, for *Ask again*. */
  readonly command: string;
  /** The run that put back what this one changed. */
  readonly undoneBy?: string;
  /** What its newest proof came to, where it made one. */
  readonly proven?: ProvenRun;
}

/** One proof of a run, as it is written down; it is never changed. */
export interface NewRound {
  readonly result: RoundResult;
  /** The RFC 8785 text of the proof, where it came to one, and its SHA-256. */
  readonly text?: { readonly canonical: string; readonly digest: string };
  readonly drifted: readonly Drifted[];
  readonly around: readonly Nearby[];
  readonly standing: ProofStanding;
  readonly news?: ProofNews;
}

/** A proof that was written down, by its number. */
export interface AddedProof {
  readonly id: string;
}

export interface ProofRound extends Omit<NewRound, 'text'> {
  /** Unique per installation, and ascending. */
  readonly id: string;
  readonly run: string;
  readonly at: Date;
}

/** The newest round of a run, and the newest one that came to a proof. */
export interface LastProof {
  readonly newest: ProofRound;
  readonly proven?: { readonly proof: Proof; readonly at: Date };
}

/** A run whose proof is due, held by one replica under a fencing number. */
export interface ProofLease {
  readonly run: string;
  readonly fence: number;
}

export interface DueProofs {
  /** Names of the verbs that can repeat their proof. */
  readonly verbs: readonly string[];
  readonly every: readonly { readonly cluster: string; readonly everyMs: number }[];
  /** For a cluster that is not configured any more. */
  readonly otherwiseMs: number;
  readonly leaseMs: number;
}

/** By whom a proof is written: who holds the run, or who repeats its proof. */
export type ProofGuard =
  | { readonly kind: 'run'; readonly fence: number }
  /** `asOf`: the newest change of what the run changed, when the round began; with a newer one it says nothing. */
  | { readonly kind: 'round'; readonly fence: number; readonly asOf: string };

/** A change that is about to be made. */
export type NewChange = Omit<Change, 'id' | 'case' | 'verb' | 'state' | 'intendedAt'>;

export interface NewRun {
  readonly plan: Plan;
  readonly planText: string;
  readonly planDigest: string;
  readonly requester: Person;
  readonly reason: string;
  readonly command: string;
  readonly expiresMs: number;
  readonly state: 'planned' | 'queued';
}

/** What the channel should be shown of a run. Each is one message; `card` is edited, the others are posted once. */
export const NOTICES = [
  'card',
  'reminder-1',
  'reminder-2',
  'decision',
  'taken-over',
  'end',
  'artifacts',
  'time-up',
  'proof-failed',
  'proof-missed',
  'proof-again',
] as const;
export type Notice = (typeof NOTICES)[number];

/** Those of which a run may owe several, each about one proof. */
export type ProofNotice = Extract<Notice, `proof-${string}`>;

/**
 * One database transaction. Whatever changes state takes the audit event that records it; both commit or neither.
 * Times are the database's.
 */
export interface LedgerTransaction {
  now(): Promise<Date>;
  /** Remembers a delivery (trigger id, envelope); `duplicate` when it was seen before. */
  firstDelivery(key: string): Promise<'first' | 'duplicate'>;
  /** The channel's open case; opened, with its event, when there is none. `actor`: who did that, where it is not `by` themselves. */
  openCase(channel: string, by: Person, actor?: Actor): Promise<string>;
  /** Inserts a run under the next number of the case and returns it. Its plan may name the run, whose id is only known here. */
  insertRun(
    caseId: string,
    build: (runId: string) => { readonly run: NewRun; readonly event: AuditEvent },
  ): Promise<Run>;
  /** The run, locked until the transaction ends. */
  lockRun(id: string): Promise<Run | undefined>;
  /** `repeated` when this person already gave this verdict on this run; who approved may still deny. */
  addDecision(
    run: string,
    decision: Omit<Decision, 'at'>,
    event: AuditEvent,
  ): Promise<'recorded' | 'repeated'>;
  /**
   * Guarded: `update … where state = from` and, where given, `fence = fence`. `lost` when another was first.
   * A person's cancel request on a running run keeps its state: see `requestCancel`.
   */
  transition(
    run: string,
    change: {
      readonly from: RunState;
      readonly to: RunState;
      readonly fence?: number;
      readonly result?: RunResult;
    },
    event: AuditEvent,
  ): Promise<'done' | 'lost'>;
  /**
   * queued or running ▶ running with the next fencing number, which is returned; `ended` when it is in no such state.
   * `exclusive` are the UIDs that no other running run may hold meanwhile: `busy` when one does.
   */
  claim(
    run: string,
    worker: string,
    exclusive: readonly string[],
    event: (fence: number) => AuditEvent,
  ): Promise<number | 'ended' | 'busy'>;
  /** Writes a change with its pre-image before it is made, guarded by the run's state and fencing number. */
  intend(change: NewChange, event: (id: string) => AuditEvent): Promise<Change | 'lost'>;
  /** What became of it; guarded by the run's fencing number, and a change is settled once. */
  settle(
    change: Change,
    settled: {
      readonly to: Exclude<ChangeState, 'intended'>;
      readonly fence: number;
      readonly madeUid?: string;
    },
    event: AuditEvent,
  ): Promise<'done' | 'lost'>;
  /**
   * Writes a proof of a run down; it stays as it is. `lost` when another holds the run, or repeats its proof, by now;
   * `overtaken` when what the run changed was changed again since the round began.
   */
  addProof(
    run: string,
    round: NewRound,
    guard: ProofGuard,
    event: (id: string) => AuditEvent,
  ): Promise<AddedProof | 'lost' | 'overtaken'>;
  /** Remembers that what a run changed was put back by another. */
  markUndone(run: string, by: string): Promise<void>;
  requestCancel(run: string, by: Person, event: AuditEvent): Promise<'requested' | 'lost'>;
  /** An event that records no change of state. */
  append(event: AuditEvent): Promise<void>;
  /** The channel shall show this of the run; a card that is already there is brought up to date. */
  show(run: string, notice: Exclude<Notice, ProofNotice>): Promise<void>;
  /** The same of one proof of it, by its id. */
  showProof(run: string, notice: ProofNotice, proof: string): Promise<void>;
  /** The job that executes the run; it exists only if the transaction commits. */
  enqueue(run: string): Promise<void>;
}

export interface Ledger {
  write<Result>(work: (transaction: LedgerTransaction) => Promise<Result>): Promise<Result>;
  run(id: string): Promise<Run | undefined>;
  /** The newest runs of a channel's open case first. */
  recentRuns(channel: string, limit: number): Promise<readonly Run[]>;
  /** Runs about an object that left a bundle, oldest first. */
  sealedRunsAbout(uid: string): Promise<readonly Run[]>;
  /** What a run did to its clusters, oldest first. */
  changesOf(run: string): Promise<readonly Change[]>;
  /** What was done to these clusters, or to one object of theirs, by every run, oldest first; what was certainly not applied is left out. */
  history(clusters: readonly string[], uid?: string): Promise<readonly Change[]>;
  /** The database's clock. */
  now(): Promise<Date>;
  /** Keyed-hash key of a case, 32 bytes. */
  caseKey(caseId: string): Promise<Uint8Array>;
  /** Digests of the policies under which runs that still wait for a decision were planned. */
  openPolicyDigests(): Promise<readonly string[]>;
  /** Head of the audit chain, as anchors keep it. */
  head(): Promise<{ readonly seq: number; readonly hash: string }>;
  /** Called every few seconds by the worker that holds the run; stores progress and brings the card up to date. */
  heartbeat(
    run: string,
    fence: number,
    progress: Progress | undefined,
  ): Promise<'held' | 'lost' | 'cancel requested'>;
  /**
   * Planned runs whose next reminder or expiry is due, and those in force whose time is up that the channel was not told
   * of; by the database's clock.
   */
  due(): Promise<
    readonly { readonly run: string; readonly due: 'reminder-1' | 'reminder-2' | 'expiry' | 'time-up' }[]
  >;
  /** Runs that wait for a worker or lost theirs, and that no job stands for: somebody has to be called. */
  withoutJob(): Promise<readonly string[]>;
  /** By run; one that never came to a round is left out. */
  lastProofs(runs: readonly string[]): Promise<ReadonlyMap<string, LastProof>>;
  /**
   * The run whose proof has waited longest, of those that ended with changes and whose last round is older than their
   * cluster's pace; leased to the caller. A lease that ended is handed out again under the next fencing number.
   */
  claimDueProof(due: DueProofs): Promise<ProofLease | undefined>;
  /** Gives a lease back: it is due again after `againMs`, or at its pace; or not any more, since nothing is held. */
  releaseProof(lease: ProofLease, how: { readonly againMs: number } | 'nothing is held'): Promise<void>;
}
