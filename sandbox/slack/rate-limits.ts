import type { SlackClock } from './clock.ts';
import { WEB_METHODS } from './web-methods.ts';

/** Calls per minute by method, in place of the tier; 'off' switches every limit off. */
export type RateLimitOption = 'off' | Readonly<Record<string, number>>;

const MINUTE_MS = 60_000;
const POST_REFILL_MS = 1_000;
/** Slack "generally allows short bursts" above one message a second per channel, without a number. */
const POST_BURST = 20;

/**
 * Slack's limits: a tier per method over a sliding minute, and for chat.postMessage one message a second per channel
 * with a burst (docs.slack.dev, "Rate limits").
 */
export class RateLimits {
  readonly #clock: SlackClock;
  readonly #option: RateLimitOption;
  readonly #taken = new Map<string, number[]>();
  readonly #buckets = new Map<string, { readonly tokens: number; readonly at: number }>();

  constructor(clock: SlackClock, option: RateLimitOption) {
    this.#clock = clock;
    this.#option = option;
  }

  /** Takes one call. Returns the seconds of Retry-After when the limit is reached, otherwise undefined. */
  take(method: string, channel: string): number | undefined {
    if (this.#option === 'off') return undefined;
    const limit = this.#option[method] ?? WEB_METHODS[method]?.perMinute ?? 0;
    const now = this.#clock.now();
    const recent = (this.#taken.get(method) ?? []).filter((at) => at > now - MINUTE_MS);
    const oldest = recent[0];
    if (recent.length >= limit) return seconds((oldest ?? now) + MINUTE_MS - now);
    if (method === 'chat.postMessage' && this.#option[method] === undefined) {
      const wait = this.#takePost(channel, now);
      if (wait !== undefined) return wait;
    }
    this.#taken.set(method, [...recent, now]);
    return undefined;
  }

  #takePost(channel: string, now: number): number | undefined {
    const last = this.#buckets.get(channel) ?? { tokens: POST_BURST, at: now };
    const tokens = Math.min(POST_BURST, last.tokens + (now - last.at) / POST_REFILL_MS);
    if (tokens < 1) return seconds((1 - tokens) * POST_REFILL_MS);
    this.#buckets.set(channel, { tokens: tokens - 1, at: now });
    return undefined;
  }
}

function seconds(ms: number): number {
  return Math.max(1, Math.ceil(ms / 1_000));
}
