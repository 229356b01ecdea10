/** Every code a person can meet. The code is stable: runbooks and logs refer to it. */
export const ERROR_CODES = [
  'command-invalid',
  'cluster-unknown',
  'cluster-unreachable',
  'cluster-credentials',
  'cluster-untrusted',
  'cluster-timeout',
  'cluster-throttled',
  'cluster-answer',
  'config-invalid',
  'exec-lost',
  'not-authenticated',
  'not-allowed',
  'not-found',
  'not-running',
  'no-shell',
  'conflict',
  'object-invalid',
  'outcome-unknown',
  'policy-refused',
  'target-replaced',
  'evidence-store',
  'database-unavailable',
  'slack-unavailable',
  'superseded',
  'cancelled',
  'interrupted',
  'unexpected',
] as const;
export type ErrorCode = (typeof ERROR_CODES)[number];

export type Retry = 'retry can help' | 'retry cannot help';

export interface FirebreakErrorInit {
  readonly code: ErrorCode;
  /** A whole sentence: what happened. */
  readonly message: string;
  /** A whole sentence: what the person does next. */
  readonly next: string;
  readonly retry?: Retry;
  /** `never`: no byte of the request that failed can have reached the server. */
  readonly delivery?: 'never' | 'maybe';
  readonly cause?: unknown;
}

/**
 * The one error that crosses a folder's wall. `id` is shown to the person and written to the log, so that the two
 * can be brought together.
 */
export class FirebreakError extends Error {
  override readonly name = 'FirebreakError';
  readonly code: ErrorCode;
  readonly next: string;
  readonly retry: Retry;
  readonly delivery: 'never' | 'maybe';
  readonly id: string = `E-${crypto.randomUUID().slice(0, 8)}`;

  constructor(init: FirebreakErrorInit) {
    super(init.message, init.cause === undefined ? undefined : { cause: init.cause });
    this.code = init.code;
    this.next = init.next;
    this.retry = init.retry ?? 'retry cannot help';
    this.delivery = init.delivery ?? 'maybe';
  }

  /** What a person reads: what happened, what to do, and the id that the log holds too. */
  get sentence(): string {
    return `${this.message} ${this.next} (${this.id})`;
  }
}

/** The same failure, told otherwise. */
export const retold = (
  { code, message, next, retry, delivery, cause }: FirebreakError,
  otherwise: Partial<Pick<FirebreakErrorInit, 'message' | 'next' | 'delivery'>>,
): FirebreakError => new FirebreakError({ code, message, next, retry, delivery, cause, ...otherwise });

/** The same failure, of which it is known that nothing had been sent. */
export const undelivered = (error: FirebreakError): FirebreakError =>
  error.delivery === 'never' ? error : retold(error, { delivery: 'never' });

/** Turns whatever was thrown into a `FirebreakError`; the one place where a failure becomes a sentence. */
export const toFirebreakError = (thrown: unknown): FirebreakError =>
  thrown instanceof FirebreakError
    ? thrown
    : new FirebreakError({
        code: 'unexpected',
        message: 'Something failed inside Firebreak that it does not know.',
        next: 'Look for this id in its log, and ask again.',
        retry: 'retry can help',
        cause: thrown,
      });
