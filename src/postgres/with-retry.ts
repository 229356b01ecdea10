import { setTimeout as delay } from 'node:timers/promises';
import { FirebreakError } from '../core/firebreak-error.ts';
import { isTransient } from './is-transient.ts';

const FIRST_PAUSE_MS = 50;
const LONGEST_PAUSE_MS = 1_000;

/**
 * Repeats `work` while Postgres can't be reached or asks for it, for `deadlineMs` (the process's clock: a duration).
 * Then throws `database-unavailable`. Other errors pass through at once.
 */
export async function withRetry<Result>(deadlineMs: number, work: () => Promise<Result>): Promise<Result> {
  const end = performance.now() + deadlineMs;
  for (let pause = FIRST_PAUSE_MS; ; pause = Math.min(2 * pause, LONGEST_PAUSE_MS)) {
    try {
      return await work();
    } catch (error) {
      if (!isTransient(error)) throw error;
      if (performance.now() + pause >= end) throw unavailable(deadlineMs, error);
    }
    // Spread, so that two that deadlocked do not meet again.
    await delay(pause * (0.5 + Math.random() / 2));
  }
}

function unavailable(deadlineMs: number, cause: unknown): FirebreakError {
  return new FirebreakError({
    code: 'database-unavailable',
    message: `Firebreak's database did not answer for ${Math.round(deadlineMs / 1_000)} s.`,
    next: 'Ask for /k8s status before you try again: the last step may have been stored.',
    retry: 'retry can help',
    cause,
  });
}
