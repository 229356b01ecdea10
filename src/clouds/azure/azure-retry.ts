import type { Clock } from '../../core/clock.ts';

/** What an answer says to whoever thinks of asking again. */
export interface RetryHint {
  readonly status: number;
  /** The header Retry-After, as it came. */
  readonly retryAfter: string | undefined;
}

/** Three attempts, each bounded by its caller, end within the 30 s that a cluster's connection has. */
const ATTEMPTS = 3;
const FIRST_DELAY_MS = 400;
/** Whoever is told to wait longer gets a sentence instead: somebody is waiting for it. */
const LONGEST_DELAY_MS = 3_000;
const TRANSIENT: ReadonlySet<number> = new Set([408, 429, 500, 502, 503, 504]);

/** Source: RFC 9110, 10.2.3; Azure sends seconds. */
export const retryAfterMs = (header: string | undefined): number | undefined =>
  header !== undefined && /^\d{1,6}$/u.test(header) ? Number(header) * 1_000 : undefined;

/** Half of it is left to chance, so that many who were refused together do not come back together. */
const delayMs = (attempt: number, hint: RetryHint | undefined): number =>
  retryAfterMs(hint?.retryAfter) ?? FIRST_DELAY_MS * 2 ** attempt * (0.5 + Math.random() / 2);

/**
 * Asks up to three times: after a refusal that passes, and after a connection that broke. `ask` has to be a call that may
 * be repeated. Gives the last answer, or throws the last error.
 */
export const retried = async <Answer>(
  clock: Pick<Clock, 'sleep'>,
  ask: () => Promise<Answer>,
  hintOf: (answer: Answer) => RetryHint,
): Promise<Answer> => {
  const { signal } = new AbortController();
  for (let attempt = 0; ; attempt += 1) {
    const last = attempt === ATTEMPTS - 1;
    let waitMs = delayMs(attempt, undefined);
    try {
      const answer = await ask();
      const hint = hintOf(answer);
      if (last || !TRANSIENT.has(hint.status)) return answer;
      waitMs = delayMs(attempt, hint);
      if (waitMs > LONGEST_DELAY_MS) return answer;
    } catch (error) {
      if (last) throw error;
    }
    await clock.sleep(waitMs, signal);
  }
};
