const FIRST_RETRY_MS = 2_000;
const LAST_RETRY_MS = 60_000;

/** How long to wait before trying again, by item, and which calls are held back until a rate limit is over. */
export class RetryPace {
  readonly #failures = new Map<string, number>();
  readonly #heldUntil = new Map<string, number>();

  /** 2 s, 4 s, 8 s and so on up to a minute. */
  next(item: string): number {
    const failures = this.#failures.get(item) ?? 0;
    this.#failures.set(item, failures + 1);
    return Math.min(LAST_RETRY_MS, FIRST_RETRY_MS * 2 ** Math.min(failures, 10));
  }

  forget(item: string): void {
    this.#failures.delete(item);
  }

  /** `monotonicMs` is the process's clock for durations. */
  hold(call: string, monotonicMs: number, forMs: number): void {
    this.#heldUntil.set(call, monotonicMs + forMs);
  }

  /** Milliseconds until `call` may be made again; 0 when it may be made now. */
  heldMs(call: string, monotonicMs: number): number {
    const left = (this.#heldUntil.get(call) ?? 0) - monotonicMs;
    if (left > 0) return left;
    this.#heldUntil.delete(call);
    return 0;
  }
}
