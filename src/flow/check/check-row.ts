import { type FirebreakError, toFirebreakError } from '../../core/firebreak-error.ts';

/**
 * `failed`: something that a channel's rules allow would fail, or an identity may be somebody else. `warning`: it works, and
 * something about it is worth a thought. `not checked`: it could not be looked at.
 */
export const VERDICTS = ['ok', 'warning', 'failed', 'not checked'] as const;
export type Verdict = (typeof VERDICTS)[number];

export interface CheckRow {
  /** What was looked at: `credentials`, `server version`. */
  readonly what: string;
  readonly verdict: Verdict;
  /** What was found, for whoever runs Firebreak: may name accounts, addresses and paths. */
  readonly found: string;
  /** What the chat may show of it: names and verdicts alone. Left out, it shows the verdict. */
  readonly told?: string;
  /** A whole sentence: what to do. Every failed row has one. */
  readonly next?: string;
}

/** Rows about one thing: an identity of a cluster, the evidence store, the chat. */
export interface CheckedPart {
  readonly title: string;
  readonly rows: readonly CheckRow[];
}

export const ok = (what: string, found: string, told?: string): CheckRow => ({
  ...{ what, verdict: 'ok', found },
  ...(told === undefined ? {} : { told }),
});

export const warning = (what: string, found: string, next: string, told?: string): CheckRow => ({
  ...{ what, verdict: 'warning', found, next },
  ...(told === undefined ? {} : { told }),
});

export const failed = (what: string, found: string, next: string, told?: string): CheckRow => ({
  ...{ what, verdict: 'failed', found, next },
  ...(told === undefined ? {} : { told }),
});

export const notChecked = (what: string, found: string, told?: string): CheckRow => ({
  ...{ what, verdict: 'not checked', found },
  ...(told === undefined ? {} : { told }),
});

/** A row for whatever was thrown. */
export const failedBy = (what: string, thrown: unknown): CheckRow => {
  const error: FirebreakError = toFirebreakError(thrown);
  return failed(what, error.message, error.next);
};
