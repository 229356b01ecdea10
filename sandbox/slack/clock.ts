/**
 * Time as the stand-in Slack uses it: deadlines, rate limits, trigger and response_url lifetimes.
 * Tests hand in a clock of their own, so that none of them waits for time to pass.
 */
export interface SlackClock {
  /** Milliseconds since the epoch. */
  now(): number;
  /** Calls `callback` once after `delayMs`, unless disposed before. */
  after(delayMs: number, callback: () => void): Disposable;
}

/** The machine's own clock. Its timers never keep a process alive. */
export const systemClock: SlackClock = {
  now: () => Date.now(),
  after(delayMs, callback) {
    const timer = setTimeout(callback, delayMs);
    timer.unref();
    return { [Symbol.dispose]: () => clearTimeout(timer) };
  },
};
