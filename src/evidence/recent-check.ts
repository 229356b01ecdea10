import type { Clock } from '../core/clock.ts';
import { untilAborted } from './until-aborted.ts';

/** Probes come every few seconds from each replica; a bucket is asked, and paid for, less often. */
const KEPT_MS = 30_000;
/** Longer than a prober waits: the answer is there when it asks again. */
const DEADLINE_MS = 20_000;

type Check = (signal: AbortSignal) => Promise<void>;
type Answer = { readonly failure?: unknown };

/**
 * The same check with its last answer kept for half a minute. One that is under way is shared, and goes on for the next
 * who asks when a signal ends the wait for it.
 */
export const recentCheck = (check: Check, clock: Clock): Check => {
  let last: { readonly answer: Promise<Answer>; doneMs: number | undefined } | undefined;

  const ask = (): Promise<Answer> => {
    if (last !== undefined && (last.doneMs === undefined || clock.monotonicMs() - last.doneMs < KEPT_MS))
      return last.answer;
    const answer = check(AbortSignal.timeout(DEADLINE_MS)).then(
      (): Answer => ({}),
      (failure: unknown): Answer => ({ failure }),
    );
    const asked: typeof last = { answer, doneMs: undefined };
    last = asked;
    void answer.then(() => {
      asked.doneMs = clock.monotonicMs();
    });
    return answer;
  };

  return async (signal) => {
    signal.throwIfAborted();
    const answer = await untilAborted(ask(), signal);
    if ('failure' in answer) throw answer.failure;
  };
};
