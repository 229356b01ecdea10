/** What the stand-in is told to do wrong. Each fault is used up `times` times, one call each. */
export type Fault =
  | { readonly kind: 'rate limit'; readonly retryAfterSeconds: number }
  | { readonly kind: 'server error' }
  | { readonly kind: 'hang' }
  | { readonly kind: 'refuse'; readonly error: string }
  | { readonly kind: 'lose answer' };

export interface RateLimitFault {
  readonly retryAfterSeconds: number;
  readonly times: number;
}

/** Slack recycles connections one by one, the oldest first. */
export type WhichConnections = 'all' | 'oldest';

/**
 * Faults by Web API method; `'*'` stands for every method and for response_urls. `'response_url'` takes `fail500`,
 * `hang` and `postLostAnswer`.
 */
export interface Faults {
  /** Answers HTTP 429 with Retry-After, without doing what was asked. */
  rateLimit(method: string, fault: RateLimitFault): void;
  /** Answers HTTP 500 with an empty body, without doing what was asked. */
  fail500(method: string, times: number): void;
  /** Answers `ok: false` with this error string; until `clear()` when `times` is left out. */
  refuse(method: string, error: string, times?: number): void;
  /** Leaves calls without an answer until `clear()` or until the stand-in is closed. */
  hang(method: string): void;
  /** Does what was asked, then cuts the connection: the caller cannot know. */
  postLostAnswer(method: string, times?: number): void;
  /** Cuts Socket Mode connections without a close frame; all of them when `which` is left out. */
  dropConnection(which?: WhichConnections): void;
  /** Sends a disconnect frame, as Slack does before it recycles a connection; on all of them when `which` is left out. */
  requestReconnect(reason: 'warning' | 'refresh_requested' | 'link_disabled', which?: WhichConnections): void;
  /** Ends every fault; calls that hang are answered now. */
  clear(): void;
}

/** The planned faults, by method. */
export class FaultPlan {
  readonly #plans = new Map<string, { readonly fault: Fault; times: number }[]>();
  #released = Promise.withResolvers<void>();

  add(method: string, fault: Fault, times: number): void {
    this.#plans.set(method, [...(this.#plans.get(method) ?? []), { fault, times }]);
  }

  /** The fault for the next call of `method`, used up by asking. */
  take(method: string): Fault | undefined {
    for (const key of [method, '*']) {
      const plan = this.#plans.get(key)?.find((candidate) => candidate.times > 0);
      if (plan === undefined) continue;
      plan.times -= 1;
      return plan.fault;
    }
    return undefined;
  }

  /** Resolves when hanging calls may go on. */
  get released(): Promise<void> {
    return this.#released.promise;
  }

  clear(): void {
    this.#plans.clear();
    this.#released.resolve();
    this.#released = Promise.withResolvers<void>();
  }
}
