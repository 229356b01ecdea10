import type { webApi } from '@slack/bolt';
import { z } from 'zod';
import { marksNotice, type NoticeMark } from './notice-metadata.ts';

/** Slack's clock and the database's may differ. */
const CLOCK_LEEWAY_MS = 5 * 60_000;
/** Slack allows up to 999 and recommends no more than 200 (docs.slack.dev, conversations.history). */
const PAGE_MESSAGES = 200;
/** A busy channel has fewer messages than this between a request and its expiry. */
const MAX_PAGES = 10;

const pageSchema = z.object({
  messages: z
    .array(
      z.object({
        ts: z.string(),
        user: z.string().optional(),
        bot_id: z.string().optional(),
        metadata: z.unknown().optional(),
      }),
    )
    .default([]),
  response_metadata: z.object({ next_cursor: z.string().optional() }).optional(),
});

/** This bot, as the author of a message. */
export interface Self {
  readonly userId: string | undefined;
  readonly botId: string | undefined;
}

export interface PostedQuestion {
  readonly channel: string;
  readonly mark: NoticeMark;
  /** Nothing of it stands earlier. */
  readonly since: Date;
  /** The thread to look into; the channel itself when left out. */
  readonly threadTs?: string;
}

/**
 * The `ts` of a notice that stands in the channel already, by its metadata. Only this bot's messages count: any app
 * can write the same metadata. Throws what the client throws.
 */
export const findPosted = async (
  client: webApi.WebClient,
  self: Self,
  question: PostedQuestion,
): Promise<string | undefined> => {
  const options = {
    channel: question.channel,
    oldest: ((question.since.getTime() - CLOCK_LEEWAY_MS) / 1000).toFixed(6),
    limit: PAGE_MESSAGES,
    include_all_metadata: true,
  };
  let cursor: string | undefined;
  for (let page = 0; page < MAX_PAGES; page += 1) {
    const paged = { ...options, ...(cursor === undefined ? {} : { cursor }) };
    const answer = pageSchema.parse(
      question.threadTs === undefined
        ? await client.conversations.history(paged)
        : await client.conversations.replies({ ...paged, ts: question.threadTs }),
    );
    const found = answer.messages.find(
      (message) =>
        ((message.user !== undefined && message.user === self.userId) ||
          (message.bot_id !== undefined && message.bot_id === self.botId)) &&
        marksNotice(message.metadata, question.mark),
    );
    if (found !== undefined) return found.ts;
    cursor = answer.response_metadata?.next_cursor || undefined;
    if (cursor === undefined) return undefined;
  }
  return undefined;
};
