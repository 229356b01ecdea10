import type { Clock } from '../../core/clock.ts';
import { FirebreakError } from '../../core/firebreak-error.ts';

/** How long the repetition of a proof may take, its connection and reads included. */
export const ROUND_DEADLINE_MS = 60_000;

const tooLate = (): FirebreakError =>
  new FirebreakError({
    code: 'cluster-timeout',
    message: `The proof was not there after ${ROUND_DEADLINE_MS / 1000} s.`,
    next: 'Look at the cluster with `/k8s check`; the proof is tried again by itself.',
    retry: 'retry can help',
  });

/**
 * Does the work with a signal that aborts when its time is over or this process stops, and does not wait for it any longer
 * then. Throws what the work throws, and the signal's reason.
 */
export const inTime = async <Result>(
  clock: Clock,
  stopping: AbortSignal,
  work: (signal: AbortSignal) => Promise<Result>,
): Promise<Result> => {
  const ended = new AbortController();
  const late = new AbortController();
  const timer = clock.sleep(ROUND_DEADLINE_MS, ended.signal).then(
    () => late.abort(tooLate()),
    () => undefined,
  );
  const signal = AbortSignal.any([stopping, late.signal]);
  const aborted = Promise.withResolvers<never>();
  const abort = (): void => aborted.reject(signal.reason);
  signal.addEventListener('abort', abort, { once: true });
  if (signal.aborted) abort();
  try {
    return await Promise.race([work(signal), aborted.promise]);
  } finally {
    signal.removeEventListener('abort', abort);
    ended.abort();
    await timer;
  }
};
