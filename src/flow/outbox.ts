import type { LastProof, Notice, ProofRound, Run } from './ledger.ts';

/** Something a channel shall be shown. It carries the run as it is now, so that only the last state is ever sent. */
export interface OutboxItem {
  readonly id: string;
  readonly run: Run;
  readonly notice: Notice;
  readonly channel: string;
  /** What a notice about a proof is about. */
  readonly about?: NoticedProof;
  /** Slack's id of the message once it was posted. */
  readonly ts?: string;
  /** Slack's id of the run's card, for what belongs into its thread. */
  readonly cardTs?: string;
  /**
   * `first`: nothing was sent yet. `unsure`: an earlier try may have posted it, its answer was lost; the channel's
   * history has to be asked before it is posted again. `edit`: it stands in the channel and shall be brought up to date.
   */
  readonly attempt: 'first' | 'unsure' | 'edit';
  /** What `shown` confirms. A newer version makes the item due again. */
  readonly version: number;
}

export interface NoticedProof {
  readonly round: ProofRound;
  /** The newest proof before it. */
  readonly before?: NonNullable<LastProof['proven']>;
}

/**
 * Messages owed to the channel, written in the transaction of the change they show. Several replicas take from it;
 * an item is leased to one. Edits of a running run's card keep their pace (every 3 s in the run's first minute, every
 * 10 s after it) and the workspace's budget (40 edits a minute, half of it kept for decisions and ends); the last
 * state always arrives. Times are the database's.
 */
export interface Outbox {
  /** The next item that is due, leased for `leaseMs`; undefined when none is. A `first` item is marked `unsure` for whoever claims it next. */
  claim(leaseMs: number): Promise<OutboxItem | undefined>;
  /** It stands in the channel under `ts`. */
  shown(id: string, version: number, ts: string): Promise<void>;
  /** Not sent; due again after `retryMs`. `certain`: it was surely not posted. */
  postpone(id: string, retryMs: number, outcome: 'certainly not posted' | 'unsure'): Promise<void>;
  /** It can never be shown (channel archived, message deleted). Recorded, and not tried again. */
  abandon(id: string, reason: string): Promise<void>;
  /** Resolves when something may be due: at once on a notification, at the latest after a second. Rejects with the signal's reason. */
  wait(signal: AbortSignal): Promise<void>;
}
