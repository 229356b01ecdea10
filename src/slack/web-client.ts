import { webApi } from '@slack/bolt';
import { boltLogger } from './bolt-logger.ts';
import type { SlackLogger } from './slack-logger.ts';

/** Slack's client has no time-out of its own. A command's answer is useless later than this. */
const CALL_TIMEOUT_MS = 5_000;
const RETRY_DELAY_MS = 200;

export interface WebClientInit {
  readonly botToken: string;
  /** Base of the Web API, ends in `/api/`. Slack's own when left out. */
  readonly apiUrl?: string;
  readonly logger: SlackLogger;
}

/**
 * Options for every client of Slack's Web API. A call that changes something is never repeated by the client: whether
 * a lost answer had posted is asked of the channel first. A 429 is handed to the caller at once; the client's own way
 * is to hold back every call of the process until it is over.
 */
export const clientOptions = (
  init: Omit<WebClientInit, 'botToken'>,
  repeat: 'never repeat' | 'repeat reads twice',
): webApi.WebClientOptions => ({
  ...(init.apiUrl === undefined ? {} : { slackApiUrl: init.apiUrl }),
  logger: boltLogger(init.logger),
  timeout: CALL_TIMEOUT_MS,
  rejectRateLimitedCalls: true,
  retryConfig:
    repeat === 'never repeat'
      ? { retries: 0 }
      : { retries: 2, minTimeout: RETRY_DELAY_MS, maxTimeout: RETRY_DELAY_MS * 4 },
  // An answer to a response_url goes through the same function, and has no time-out otherwise.
  fetch: (url, request) =>
    fetch(url, { ...request, signal: request?.signal ?? AbortSignal.timeout(CALL_TIMEOUT_MS) }),
});

/** A client for one workspace with the bot's token. */
export const createWebClient = (
  init: WebClientInit,
  repeat: 'never repeat' | 'repeat reads twice',
): webApi.WebClient => new webApi.WebClient(init.botToken, clientOptions(init, repeat));
