import type { RespondArguments, webApi } from '@slack/bolt';
import type { Message } from './message.ts';
import type { SlackLogger } from './slack-logger.ts';

export interface Asker {
  readonly channel: string;
  readonly user: string;
  /** The way back that came with the payload. */
  readonly respond: (message: RespondArguments) => Promise<unknown>;
  /** `replace`: the answer takes the place of the ephemeral message whose button was pressed. */
  readonly original: 'keep' | 'replace';
}

/**
 * Answers one person, so that nobody else sees it: by the payload's response_url (docs.slack.dev: five uses in thirty
 * minutes), and where that fails by an ephemeral message of its own. Never throws; what could not be said is logged.
 */
export const answer = async (
  asker: Asker,
  message: Message,
  client: webApi.WebClient,
  logger: SlackLogger,
): Promise<void> => {
  try {
    await asker.respond({
      response_type: 'ephemeral',
      replace_original: asker.original === 'replace',
      text: message.text,
      ...(message.blocks.length === 0 ? {} : { blocks: [...message.blocks] }),
      unfurl_links: false,
      unfurl_media: false,
    });
    return;
  } catch (cause) {
    logger.warn(
      { err: cause, channel: asker.channel },
      'A response_url failed; trying an ephemeral message.',
    );
  }
  try {
    await client.chat.postEphemeral({
      channel: asker.channel,
      user: asker.user,
      text: message.text,
      ...(message.blocks.length === 0 ? {} : { blocks: [...message.blocks] }),
    });
  } catch (cause) {
    logger.error({ err: cause, channel: asker.channel }, 'A person could not be answered.');
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
  client: webApi.WebClient,
  logger: SlackLogger,
): Promise<'acknowledged' | 'lost'> => {
  try {
    await ack();
    return 'acknowledged';
  } catch (cause) {
    logger.warn(
      { err: cause, channel: asker.channel },
      'A payload could not be acknowledged; nothing is done for it.',
    );
    await answer(asker, UNACKNOWLEDGED, client, logger);
    return 'lost';
  }
};
