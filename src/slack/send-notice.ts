import { createHash } from 'node:crypto';
import type { webApi } from '@slack/bolt';
import { hasEnded } from '../core/run-state.ts';
import type { OutboxItem } from '../flow/outbox.ts';
import { bareMessage } from './bare-message.ts';
import { findPosted } from './find-posted.ts';
import type { Message } from './message.ts';
import { noticeMetadata } from './notice-metadata.ts';
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

  constructor(client: webApi.WebClient, logger: SlackLogger) {
    this.#client = client;
    this.#logger = logger;
  }

  /**
   * Brings the message into the channel and returns its `ts`: `undefined` when the card was deleted after its run had
   * ended, which is left so.
   */
  async send(item: OutboxItem, message: Message): Promise<string | undefined> {
    if (item.attempt === 'edit' && item.ts !== undefined) return this.#edit(item, item.ts, message);
    if (item.attempt === 'first') return this.#post(item, message);
    return this.#adoptOrPost(item, message);
  }

  /** What an earlier try may have posted is taken over; a card is brought up to date at once. */
  async #adoptOrPost(item: OutboxItem, message: Message): Promise<string | undefined> {
    const threadTs = threadOf(item);
    const found = await findPosted(this.#client, {
      channel: item.channel,
      run: item.run.id,
      notice: item.notice,
      since: item.run.requestedAt,
      ...(threadTs === undefined ? {} : { threadTs }),
    });
    if (found === undefined) return this.#post(item, message);
    this.#logger.info(
      { run: item.run.id, notice: item.notice, ts: found },
      'A message whose answer was lost was found.',
    );
    return item.notice === 'card' ? this.#edit(item, found, message) : found;
  }

  async #post(item: OutboxItem, message: Message): Promise<string> {
    const threadTs = threadOf(item);
    const ts = await this.#whole(item, message, async ({ text, blocks }) => {
      const answer = await this.#client.chat.postMessage({
        channel: item.channel,
        text,
        blocks: [...blocks],
        metadata: noticeMetadata(item.run.id, item.notice),
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

  async #edit(item: OutboxItem, ts: string, message: Message): Promise<string | undefined> {
    if (this.#written.get(ts) === digestOf(message)) return ts;
    try {
      await this.#whole(item, message, ({ text, blocks }) =>
        this.#client.chat.update({
          channel: item.channel,
          ts,
          text,
          blocks: [...blocks],
          metadata: noticeMetadata(item.run.id, item.notice),
        }),
      );
    } catch (cause) {
      if (refusal(cause) !== 'message_not_found') throw cause;
      return this.#replaceDeleted(item, message);
    }
    this.#remember(ts, message);
    return ts;
  }

  /** Someone deleted it. While its run goes on the channel needs it, so it is posted again; once. */
  async #replaceDeleted(item: OutboxItem, message: Message): Promise<string | undefined> {
    const facts = { run: item.run.id, notice: item.notice };
    if (hasEnded(item.run.state)) return undefined;
    this.#logger.warn(facts, 'The card was deleted while its run goes on; it is posted again.');
    return this.#adoptOrPost(item, message);
  }

  /** Sends the message, or its bare form where Slack refuses the whole one. */
  async #whole<Result>(
    item: OutboxItem,
    message: Message,
    send: (message: Message) => Promise<Result>,
  ): Promise<Result> {
    try {
      return await send(message);
    } catch (cause) {
      if (!TOO_MUCH.includes(refusal(cause))) throw cause;
      this.#logger.error(
        { err: cause, run: item.run.id, notice: item.notice },
        'Slack refused a message as too long or malformed; its bare form is sent instead.',
      );
      return send(bareMessage(message));
    }
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
