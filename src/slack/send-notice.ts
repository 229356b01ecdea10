import { createHash } from 'node:crypto';
import type { webApi } from '@slack/bolt';
import { hasEnded } from '../core/run-state.ts';
import type { OutboxItem } from '../flow/outbox.ts';
import { bareMessage } from './bare-message.ts';
import { findPosted, type Self } from './find-posted.ts';
import type { Message } from './message.ts';
import { markOf, noticeMetadata } from './notice-metadata.ts';
import { noticePlace } from './render-notice.ts';
import { readSlackFailure } from './slack-failure.ts';
import type { SlackLogger } from './slack-logger.ts';

/** Refusals of what was sent, not of sending (docs.slack.dev, chat.postMessage and chat.update, "Errors"). */
const TOO_MUCH: readonly string[] = [
  'msg_too_long',
  'msg_blocks_too_long',
  'invalid_blocks',
  'invalid_blocks_format',
];
/** The first message of the thread is gone. */
const NO_THREAD: readonly string[] = ['thread_not_found', 'cannot_reply_to_message'];
/** Enough for the runs of a day; what is forgotten is only sent once more. */
const REMEMBERED_EDITS = 500;

const refusal = (cause: unknown): string => {
  const failure = readSlackFailure(cause);
  return failure.kind === 'refused' ? failure.error : '';
};

/** Posts and edits the messages of runs in Slack. Every method throws what the client throws. */
export class NoticeSender {
  readonly #client: webApi.WebClient;
  readonly #logger: SlackLogger;
  /** What this process last wrote under a `ts`, hashed, so that an unchanged card costs no call. */
  readonly #written = new Map<string, string>();
  /** New `ts` by the one of a card that someone deleted; the outbox keeps the first. */
  readonly #replaced = new Map<string, string>();
  #self: Self | undefined;

  constructor(client: webApi.WebClient, logger: SlackLogger) {
    this.#client = client;
    this.#logger = logger;
  }

  /**
   * Brings the message into the channel and returns its `ts`: `undefined` when the card was deleted after its run had
   * ended, which is left so. Nothing is written once `inTime` says no.
   */
  async send(item: OutboxItem, message: Message, inTime: () => boolean): Promise<string | undefined> {
    const { attempt, ts } = item;
    if (attempt === 'edit' && ts !== undefined)
      return this.#edit(item, this.#replaced.get(ts) ?? ts, message, inTime);
    if (attempt === 'first') return this.#post(item, message, inTime);
    return this.#adoptOrPost(item, message, inTime);
  }

  /** What an earlier try may have posted is taken over; a card is brought up to date at once. */
  async #adoptOrPost(item: OutboxItem, message: Message, inTime: () => boolean): Promise<string | undefined> {
    const found = await this.#find(item);
    if (found === undefined) return this.#post(item, message, inTime);
    this.#logger.info(
      { run: item.run.id, notice: item.notice, ts: found },
      'A message whose answer was lost was found.',
    );
    return item.notice === 'card' ? this.#edit(item, found, message, inTime) : found;
  }

  async #find(item: OutboxItem): Promise<string | undefined> {
    const question = {
      channel: item.channel,
      mark: markOf(item),
      since: item.about?.round.at ?? item.run.requestedAt,
    };
    const self = await this.#whoAmI();
    const threadTs = threadOf(item);
    if (threadTs === undefined) return findPosted(this.#client, self, question);
    try {
      return await findPosted(this.#client, self, { ...question, threadTs });
    } catch (cause) {
      if (!NO_THREAD.includes(refusal(cause))) throw cause;
      return findPosted(this.#client, self, question);
    }
  }

  /** A thread whose first message was deleted takes no answers: the channel gets them. */
  async #post(item: OutboxItem, message: Message, inTime: () => boolean): Promise<string> {
    const threadTs = threadOf(item);
    if (threadTs === undefined) return this.#postInto(undefined, item, message, inTime);
    try {
      return await this.#postInto(threadTs, item, message, inTime);
    } catch (cause) {
      if (!NO_THREAD.includes(refusal(cause))) throw cause;
      return this.#postInto(undefined, item, message, inTime);
    }
  }

  async #postInto(
    threadTs: string | undefined,
    item: OutboxItem,
    message: Message,
    inTime: () => boolean,
  ): Promise<string> {
    const ts = await this.#whole(item, message, inTime, async ({ text, blocks }) => {
      const answer = await this.#client.chat.postMessage({
        channel: item.channel,
        text,
        blocks: [...blocks],
        metadata: noticeMetadata(markOf(item)),
        unfurl_links: false,
        unfurl_media: false,
        ...(threadTs === undefined ? {} : { thread_ts: threadTs }),
      });
      if (answer.ts === undefined) throw new Error('chat.postMessage answered without a ts');
      return answer.ts;
    });
    this.#remember(ts, message);
    return ts;
  }

  async #edit(
    item: OutboxItem,
    ts: string,
    message: Message,
    inTime: () => boolean,
  ): Promise<string | undefined> {
    if (this.#written.get(ts) === digestOf(message)) return ts;
    try {
      await this.#whole(item, message, inTime, ({ text, blocks }) =>
        this.#client.chat.update({
          channel: item.channel,
          ts,
          text,
          blocks: [...blocks],
          metadata: noticeMetadata(markOf(item)),
        }),
      );
    } catch (cause) {
      if (refusal(cause) !== 'message_not_found') throw cause;
      return this.#replaceDeleted(item, message, inTime);
    }
    this.#remember(ts, message);
    return ts;
  }

  /** Someone deleted it. While its run goes on the channel needs it, so it is posted again; once. */
  async #replaceDeleted(
    item: OutboxItem,
    message: Message,
    inTime: () => boolean,
  ): Promise<string | undefined> {
    const facts = { run: item.run.id, notice: item.notice };
    if (hasEnded(item.run.state)) return undefined;
    this.#logger.warn(facts, 'The card was deleted while its run goes on; it is posted again.');
    const ts = await this.#adoptOrPost(item, message, inTime);
    if (item.ts !== undefined && ts !== undefined) this.#replaced.set(item.ts, ts);
    return ts;
  }

  /** Sends the message, or its bare form where Slack refuses the whole one. */
  async #whole<Result>(
    item: OutboxItem,
    message: Message,
    inTime: () => boolean,
    send: (message: Message) => Promise<Result>,
  ): Promise<Result> {
    if (!inTime()) throw new Error('Slack was too slow for the lease of the message');
    try {
      return await send(message);
    } catch (cause) {
      if (!TOO_MUCH.includes(refusal(cause))) throw cause;
      this.#logger.error(
        { err: cause, run: item.run.id, notice: item.notice },
        'Slack refused a message as too long or malformed; its bare form is sent instead.',
      );
      if (!inTime()) throw cause;
      return send(bareMessage(message));
    }
  }

  async #whoAmI(): Promise<Self> {
    if (this.#self !== undefined) return this.#self;
    const { user_id: userId, bot_id: botId } = await this.#client.auth.test();
    this.#self = { userId, botId };
    return this.#self;
  }

  #remember(ts: string, message: Message): void {
    this.#written.delete(ts);
    this.#written.set(ts, digestOf(message));
    for (const oldest of this.#written.keys()) {
      if (this.#written.size <= REMEMBERED_EDITS) return;
      this.#written.delete(oldest);
    }
  }
}

const threadOf = (item: OutboxItem): string | undefined =>
  noticePlace(item.notice) === 'thread' ? item.cardTs : undefined;

const digestOf = (message: Message): string =>
  createHash('sha256').update(JSON.stringify(message)).digest('base64');
