import { randomBytes } from 'node:crypto';
import { checkBlocks, withBlockIds } from './block-kit.ts';
import type { ChatMethods } from './chat-methods.ts';
import type { SlackClock } from './clock.ts';
import { type JsonObject, objectsAt, stringAt } from './json.ts';
import { isSet } from './read-arguments.ts';
import { SlackError } from './slack-error.ts';
import { BOT_USER_ID } from './workspace-seed.ts';
import type { World } from './world.ts';

/** A response_url works five times within thirty minutes (docs.slack.dev, "Handling user interaction"). */
const MAX_USES = 5;
const LIFETIME_MS = 30 * 60_000;

/** What a response_url is bound to. `original` is the message with the button, where there is one. */
export interface ResponseContext {
  readonly user: string;
  readonly channel: string;
  readonly original?: { readonly kind: 'message' | 'ephemeral'; readonly ts: string };
}

interface Issued {
  readonly context: ResponseContext;
  readonly expiresAt: number;
  readonly received: JsonObject[];
  uses: number;
}

/** A caller that may write wherever its person acted, as a response_url does. */
const THE_APP = { userId: BOT_USER_ID, scopes: new Set(['chat:write', 'chat:write.public']) };

/** The response_urls that were handed out, and what posting to them does. */
export class ResponseUrls {
  readonly #issued = new Map<string, Issued>();
  readonly #world: World;
  readonly #chat: ChatMethods;
  readonly #clock: SlackClock;

  constructor(world: World, chat: ChatMethods, clock: SlackClock) {
    this.#world = world;
    this.#chat = chat;
    this.#clock = clock;
  }

  /** The id at the end of a new response_url. */
  issue(context: ResponseContext): string {
    const id = randomBytes(12).toString('hex');
    this.#issued.set(id, { context, expiresAt: this.#clock.now() + LIFETIME_MS, received: [], uses: 0 });
    return id;
  }

  /** What was accepted so far for this response_url, acknowledgements with content included. */
  received(id: string): readonly JsonObject[] {
    return this.#issued.get(id)?.received ?? [];
  }

  /** Carries out one POST. Throws a SlackError whose code is `no_service`, `expired_url`, `used_url` or the refusal of the message. */
  async use(id: string, message: JsonObject): Promise<void> {
    const issued = this.#issued.get(id);
    if (issued === undefined) throw new SlackError('no_service');
    if (this.#clock.now() >= issued.expiresAt) throw new SlackError('expired_url');
    if (issued.uses >= MAX_USES) throw new SlackError('used_url');
    issued.uses += 1;
    await this.#accept(issued, message);
  }

  /** Shows a message that came with the acknowledgement; it does not count as a use. */
  async acknowledge(id: string, message: JsonObject): Promise<void> {
    const issued = this.#issued.get(id);
    if (issued !== undefined && hasContent(message)) await this.#accept(issued, message);
  }

  async #accept(issued: Issued, message: JsonObject): Promise<void> {
    issued.received.push(message);
    try {
      await this.#show(issued.context, message);
    } catch (error) {
      issued.received.splice(issued.received.indexOf(message), 1);
      throw error;
    }
  }

  async #show(context: ResponseContext, message: JsonObject): Promise<void> {
    const { channel, user, original } = context;
    if (isSet(message, 'delete_original')) return this.#delete(context);
    const blocks = withBlockIds(checkBlocks(message['blocks'], 'message'));
    const text = stringAt(message, 'text');
    if (text === '' && blocks.length === 0) throw new SlackError('no_text');
    if (isSet(message, 'replace_original') && original !== undefined) {
      if (original.kind === 'ephemeral') this.#world.editWhisper(channel, original.ts, { text, blocks });
      else accept(await this.#chat.update({ channel, ts: original.ts, text, blocks }, THE_APP));
      return;
    }
    const threadTs = stringAt(message, 'thread_ts');
    const args = { channel, text, blocks, ...(threadTs === '' ? {} : { thread_ts: threadTs }) };
    if (message['response_type'] === 'in_channel') accept(await this.#chat.postMessage(args, THE_APP));
    else accept(await this.#chat.whisper({ ...args, user }, user));
  }

  async #delete({ channel, original }: ResponseContext): Promise<void> {
    if (original?.kind === 'ephemeral') this.#world.removeWhisper(channel, original.ts);
    if (original?.kind === 'message') accept(await this.#chat.delete({ channel, ts: original.ts }, THE_APP));
  }
}

function accept(answer: JsonObject): void {
  if (answer['ok'] !== true) throw new SlackError(stringAt(answer, 'error'));
}

function hasContent(message: JsonObject): boolean {
  return stringAt(message, 'text') !== '' || objectsAt(message, 'blocks').length > 0;
}
