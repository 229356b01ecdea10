/** Time, injected. `now` is for stamps in UTC, `monotonicMs` for durations. */
export interface Clock {
  now(): Date;
  monotonicMs(): number;
  /** Resolves after `ms`, rejects with the signal's reason when aborted. */
  sleep(ms: number, signal: AbortSignal): Promise<void>;
}
