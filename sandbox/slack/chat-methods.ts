import { checkBlocks, withBlockIds } from './block-kit.ts';
import type { EmulateBackend } from './emulate-backend.ts';
import { isJsonObject, type JsonObject, objectAt, objectsAt, stringAt } from './json.ts';
import { SlackError } from './slack-error.ts';
import { BOT_USER_ID, type Channel } from './workspace-seed.ts';
import type { World } from './world.ts';

/**
 * Slack cuts a posted text at 40,000 characters with a warning; the stand-in refuses it, so that nobody relies on the
 * cut. An edit's text is refused by Slack itself above 4,000 bytes (gitlab-org/gitlab!258898).
 */
const POST_TEXT_CHARACTERS = 40_000;
const UPDATE_TEXT_BYTES = 4_000;

/** Who calls: the user behind the token, and the scopes the token has. */
export interface Caller {
  readonly userId: string;
  readonly scopes: ReadonlySet<string>;
}

/** The methods under `chat.` and `reactions.`: our checks, then emulate's memory, then what people see. */
export class ChatMethods {
  readonly #world: World;
  readonly #backend: EmulateBackend;

  constructor(world: World, backend: EmulateBackend) {
    this.#world = world;
    this.#backend = backend;
  }

  async postMessage(args: JsonObject, caller: Caller): Promise<JsonObject> {
    const channel = this.#writable(stringAt(args, 'channel'), caller);
    const sent = this.#withContent({ ...args, channel: channel.id });
    if (stringAt(args, 'text').length > POST_TEXT_CHARACTERS) throw new SlackError('msg_too_long');
    const answer = await this.#backend.call('chat.postMessage', sent, caller.userId);
    if (answer['ok'] !== true) return answer;
    const message = objectAt(answer, 'message');
    this.#world.post(
      { ...this.#place(answer, message, channel.id), author: caller.userId },
      isJsonObject(message['metadata']) ? message['metadata'] : undefined,
    );
    return { ...answer, channel: channel.id };
  }

  async postEphemeral(args: JsonObject, caller: Caller): Promise<JsonObject> {
    const channel = this.#writable(stringAt(args, 'channel'), caller);
    const user = stringAt(args, 'user');
    if (!this.#world.people.has(user)) throw new SlackError('user_not_found');
    if (!channel.members.includes(user)) throw new SlackError('user_not_in_channel');
    return this.whisper(this.#withContent(args), user);
  }

  /** An ephemeral message without a check of membership, as a response_url and an ack make them. */
  async whisper(args: JsonObject, user: string, author = BOT_USER_ID): Promise<JsonObject> {
    const answer = await this.#backend.call('chat.postEphemeral', args, BOT_USER_ID);
    if (answer['ok'] !== true) return answer;
    const content = { text: stringAt(args, 'text'), blocks: objectsAt(args, 'blocks') };
    const channel = stringAt(args, 'channel');
    const ts = stringAt(answer, 'message_ts');
    const threadTs = stringAt(args, 'thread_ts') || undefined;
    this.#world.whisper({ channel, ts, threadTs, author, ...content }, user);
    return answer;
  }

  async update(args: JsonObject, caller: Caller): Promise<JsonObject> {
    const channel = this.#known(stringAt(args, 'channel'));
    const sent = this.#withContent(args);
    if (Buffer.byteLength(stringAt(args, 'text')) > UPDATE_TEXT_BYTES) throw new SlackError('msg_too_long');
    const answer = await this.#backend.call('chat.update', sent, caller.userId);
    if (answer['ok'] !== true) return answer;
    const message = objectAt(answer, 'message');
    const metadata = isJsonObject(message['metadata']) ? message['metadata'] : undefined;
    const { ts, text, blocks } = this.#place(answer, message, channel.id);
    this.#world.edit(channel.id, ts, { text, blocks }, metadata);
    return { ...answer, channel: channel.id };
  }

  async delete(args: JsonObject, caller: Caller): Promise<JsonObject> {
    const channel = this.#known(stringAt(args, 'channel'));
    const answer = await this.#backend.call('chat.delete', args, caller.userId);
    if (answer['ok'] === true) this.#world.remove(channel.id, stringAt(args, 'ts'));
    return answer;
  }

  async react(method: 'reactions.add' | 'reactions.remove', args: JsonObject, caller: Caller) {
    const answer = await this.#backend.call(method, args, caller.userId);
    if (answer['ok'] !== true) return answer;
    const place = { channel: stringAt(args, 'channel'), timestamp: stringAt(args, 'timestamp') };
    const got = await this.#backend.call('reactions.get', place, caller.userId);
    const reactions = objectsAt(objectAt(got, 'message'), 'reactions').map((reaction) => ({
      name: stringAt(reaction, 'name'),
      users: Array.isArray(reaction['users']) ? reaction['users'].map(String) : [],
    }));
    this.#world.react(place.channel, place.timestamp, reactions);
    return answer;
  }

  #known(id: string): Channel {
    const channel = this.#world.channels.get(id);
    if (channel === undefined) throw new SlackError('channel_not_found');
    return channel;
  }

  #writable(id: string, caller: Caller): Channel {
    const channel = this.#world.people.has(id) ? this.#directMessage(id, caller.userId) : this.#known(id);
    if (!channel.members.includes(caller.userId)) {
      if (channel.visibility !== 'public') throw new SlackError('channel_not_found');
      if (!caller.scopes.has('chat:write.public')) throw new SlackError('not_in_channel');
    }
    if (channel.state === 'archived') throw new SlackError('is_archived');
    return channel;
  }

  /** Slack opens a direct message when `channel` is a person's id. */
  #directMessage(person: string, caller: string): Channel {
    const channel = this.#world.channels.get(`D${person.slice(1)}`);
    if (channel === undefined || person === caller) throw new SlackError('channel_not_found');
    return channel;
  }

  #withContent(args: JsonObject): JsonObject {
    const blocks = checkBlocks(args['blocks'], 'message');
    const { metadata: given, ...rest } = args;
    const metadata = checkMetadata(given);
    return {
      ...rest,
      ...(metadata === undefined ? {} : { metadata }),
      ...(args['blocks'] === undefined ? {} : { blocks: withBlockIds(blocks) }),
    };
  }

  #place(answer: JsonObject, message: JsonObject, channel: string) {
    return {
      channel,
      ts: stringAt(answer, 'ts'),
      threadTs: stringAt(message, 'thread_ts') || undefined,
      text: stringAt(message, 'text'),
      blocks: objectsAt(message, 'blocks'),
    };
  }
}

/** What an event type may be made of (docs.slack.dev, "Message metadata"). */
const EVENT_TYPE = /^[A-Za-z0-9_-]+$/;

/**
 * The metadata that Slack keeps. Metadata whose event type has other characters, such as a dot, is dropped without an
 * error (slackapi/bolt-python#863).
 */
function checkMetadata(metadata: unknown): JsonObject | undefined {
  if (metadata === undefined || metadata === '') return undefined;
  if (!isJsonObject(metadata)) throw new SlackError('invalid_metadata_format');
  const eventType = metadata['event_type'];
  if (typeof eventType !== 'string' || !isJsonObject(metadata['event_payload']))
    throw new SlackError('invalid_metadata_schema');
  return EVENT_TYPE.test(eventType) ? metadata : undefined;
}
