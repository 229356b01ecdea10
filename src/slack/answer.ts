import type { RespondArguments, webApi } from '@slack/bolt';
import type { Clock } from '../core/clock.ts';
import type { Message } from './message.ts';
import { readSlackFailure, type SlackFailure } from './slack-failure.ts';
import type { SlackLogger } from './slack-logger.ts';

export interface Asker {
  readonly channel: string;
  readonly user: string;
  /** The way back that came with the payload. */
  readonly respond: (message: RespondArguments) => Promise<unknown>;
  /** `replace`: the answer takes the place of the ephemeral message whose button was pressed. */
  readonly original: 'keep' | 'replace';
}

/** What an answer goes out with. */
export interface AnswerWays {
  readonly client: webApi.WebClient;
  readonly logger: SlackLogger;
  readonly clock: Clock;
}

/** How often both ways are tried, and the pause before each further time. Whoever clicked waits in front of a screen. */
const PAUSES_MS = [1_000, 2_000, 4_000, 8_000] as const;
const LONGEST_PAUSE_MS = 30_000;

/**
 * Answers one person, so that nobody else sees it: by the payload's response_url (docs.slack.dev: five uses in thirty
 * minutes), and where that fails by an ephemeral message of its own. When Slack fails at both, they are tried again; an
 * answer may then stand there twice. Never throws; what could not be said is logged.
 */
export const answer = async (asker: Asker, message: Message, ways: AnswerWays): Promise<void> => {
  const { logger, clock } = ways;
  for (const pauseMs of [...PAUSES_MS, undefined]) {
    const failure = await tryBothWays(asker, message, ways);
    if (failure === undefined) return;
    const { kind } = failure;
    if (pauseMs === undefined || kind === 'refused') {
      logger.error({ channel: asker.channel, failure }, 'A person could not be answered.');
      return;
    }
    const waitMs = kind === 'limited' ? Math.max(failure.retryMs, pauseMs) : pauseMs;
    await clock.sleep(Math.min(waitMs, LONGEST_PAUSE_MS), NEVER);
  }
};

const NEVER = new AbortController().signal;

const tryBothWays = async (
  asker: Asker,
  message: Message,
  { client, logger }: AnswerWays,
): Promise<SlackFailure | undefined> => {
  const content = {
    text: message.text,
    ...(message.blocks.length === 0 ? {} : { blocks: [...message.blocks] }),
  };
  try {
    await asker.respond({
      response_type: 'ephemeral',
      replace_original: asker.original === 'replace',
      ...content,
      unfurl_links: false,
      unfurl_media: false,
    });
    return undefined;
  } catch (cause) {
    logger.warn(
      { err: cause, channel: asker.channel },
      'A response_url failed; trying an ephemeral message.',
    );
  }
  try {
    await client.chat.postEphemeral({ channel: asker.channel, user: asker.user, ...content });
    return undefined;
  } catch (cause) {
    logger.warn({ err: cause, channel: asker.channel }, 'An ephemeral message failed.');
    return readSlackFailure(cause);
  }
};

/** What a person is told whose command or click could not be acknowledged: Slack has called it failed already. */
const UNACKNOWLEDGED: Message = {
  text: 'The connection to Slack broke while this arrived. Nothing was done. Please do it again.',
  blocks: [],
};

/**
 * Acknowledges, once. Where that fails Slack shows the person an error and they try again, so nothing may be done for
 * the first try: they are told so.
 */
export const acknowledged = async (
  ack: () => Promise<void>,
  asker: Asker,
  ways: AnswerWays,
): Promise<'acknowledged' | 'lost'> => {
  try {
    await ack();
    return 'acknowledged';
  } catch (cause) {
    ways.logger.warn(
      { err: cause, channel: asker.channel },
      'A payload could not be acknowledged; nothing is done for it.',
    );
    await answer(asker, UNACKNOWLEDGED, ways);
    return 'lost';
  }
};
