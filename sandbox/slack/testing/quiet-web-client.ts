import { LogLevel } from '@slack/bolt';
import { WebClient } from '@slack/web-api';
import type { StandInSlack } from '../stand-in-slack.ts';

/** A logger for Slack's own clients, whose warnings of planted faults nobody wants to read. */
export const silent = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
  setLevel: () => undefined,
  getLevel: () => LogLevel.ERROR,
  setName: () => undefined,
};

/** Slack's Web API client, without its retries: a test sees every answer. */
export function quietWebClient(slack: StandInSlack, token = slack.botToken): WebClient {
  return new WebClient(token, {
    slackApiUrl: slack.apiUrl,
    retryConfig: { retries: 0 },
    rejectRateLimitedCalls: true,
    logger: silent,
  });
}

/** What Slack said no with. Throws when it did not say no. */
export async function refusal(call: Promise<unknown>): Promise<unknown> {
  try {
    await call;
  } catch (error) {
    if (error instanceof Error && 'data' in error) return error.data;
    throw error;
  }
  throw new Error('the call was not refused');
}
