import { FirebreakError, type Retry } from '../core/firebreak-error.ts';

interface Explanation {
  readonly what: string;
  readonly next: string;
  readonly retry: Retry;
}

/** errno(3) names of a directory store, and what a person does about each. */
const EXPLANATIONS: Readonly<Record<string, Explanation>> = {
  ENOSPC: {
    what: 'is full',
    next: 'Free space there or point `evidence` elsewhere, then ask again.',
    retry: 'retry can help',
  },
  EDQUOT: {
    what: 'has used up its quota',
    next: 'Raise the quota or free space there, then ask again.',
    retry: 'retry can help',
  },
  EACCES: {
    what: 'does not let Firebreak write',
    next: 'Give the folder to the user that Firebreak runs as, with mode 0700, then ask again.',
    retry: 'retry cannot help',
  },
  EPERM: {
    what: 'does not let Firebreak write',
    next: 'Give the folder to the user that Firebreak runs as, with mode 0700, then ask again.',
    retry: 'retry cannot help',
  },
  ERR_ACCESS_DENIED: {
    what: 'is outside the folders that this process may write to',
    next: 'Start Firebreak with the right to write there (--allow-fs-write), or point `evidence` elsewhere.',
    retry: 'retry cannot help',
  },
  EROFS: {
    what: 'is read-only',
    next: 'Mount it writable or point `evidence` at a folder that is, then ask again.',
    retry: 'retry cannot help',
  },
  EIO: {
    what: 'reports a fault of its medium',
    next: "Check the medium in the host's kernel log, point `evidence` elsewhere, then ask again.",
    retry: 'retry cannot help',
  },
};

const UNKNOWN: Explanation = {
  what: 'failed',
  next: 'Look for this id in Firebreak’s log, mend what it names, then ask again.',
  retry: 'retry can help',
};

/** The `code` that Node puts on a system error: `ENOSPC`, `EACCES`. */
export const errnoOf = (thrown: unknown): string | undefined =>
  thrown instanceof Error && 'code' in thrown && typeof thrown.code === 'string' ? thrown.code : undefined;

/** Turns what a store's medium threw into an `evidence-store` sentence that says what to do. */
export const storeFailure = (place: string, thrown: unknown): FirebreakError => {
  if (thrown instanceof FirebreakError) return thrown;
  const errno = errnoOf(thrown);
  const known = errno === undefined ? undefined : EXPLANATIONS[errno];
  const explanation = known ?? UNKNOWN;
  const detail = known === undefined && errno !== undefined ? ` (${errno})` : '';
  return new FirebreakError({
    code: 'evidence-store',
    message: `The evidence store at ${place} ${explanation.what}${detail}.`,
    next: explanation.next,
    retry: explanation.retry,
    cause: thrown,
  });
};

/** What was begun under this name belongs to another capture by now. */
export const supersededName = (place: string, name: string): FirebreakError =>
  new FirebreakError({
    code: 'superseded',
    message: `The evidence store at ${place} already holds ${name}, or another capture took its place.`,
    next: 'Nothing was overwritten. Look at the run in the channel: another worker has it, or it is finished.',
  });
