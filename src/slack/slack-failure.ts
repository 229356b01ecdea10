import { webApi } from '@slack/bolt';

/** What a failed call of Slack's Web API means for what it was asked to do. */
export type SlackFailure =
  /** Refused for now, surely not done. */
  | { readonly kind: 'limited'; readonly retryMs: number }
  /** No answer, or one that doesn't say whether it was done. */
  | { readonly kind: 'unsure'; readonly reason: string }
  /** Refused with one of Slack's error strings, surely not done. */
  | { readonly kind: 'refused'; readonly error: string };

/** Without a Retry-After (`ratelimited` in an answer's body). */
const RATE_LIMIT_RETRY_MS = 30_000;

/** Error strings after which Slack may have done it (docs.slack.dev, each method's "Errors"). */
const MAY_HAVE_HAPPENED: readonly string[] = [
  'fatal_error',
  'internal_error',
  'request_timeout',
  'service_unavailable',
];

/** Reads what a `WebClient` threw. */
export const readSlackFailure = (thrown: unknown): SlackFailure => {
  if (thrown instanceof webApi.WebAPIRateLimitedError)
    return { kind: 'limited', retryMs: thrown.retryAfter * 1000 };
  if (thrown instanceof webApi.WebAPIPlatformError) {
    const { error } = thrown.data;
    if (error === 'ratelimited' || error === 'rate_limited')
      return { kind: 'limited', retryMs: RATE_LIMIT_RETRY_MS };
    return MAY_HAVE_HAPPENED.includes(error) ? { kind: 'unsure', reason: error } : { kind: 'refused', error };
  }
  return { kind: 'unsure', reason: thrown instanceof Error ? thrown.message : String(thrown) };
};
