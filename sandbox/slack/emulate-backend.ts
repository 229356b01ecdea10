import { createEmulator } from 'emulate';
import { isJsonObject, type JsonObject, objectAt, objectsAt, stringAt } from './json.ts';
import { APP_ID, BOT_ID, BOT_USER_ID, type Channel, type Person, TEAM_DOMAIN } from './workspace-seed.ts';

/** The package `emulate` as the memory of the workspace: it keeps messages, threads, reactions and views. */
export interface EmulateBackend extends AsyncDisposable {
  /** One Web API call as `userId`; the answer is Slack's JSON, whether `ok` or not. Ids are the stand-in's own. */
  call(method: string, args: JsonObject, userId: string, signal?: AbortSignal): Promise<JsonObject>;
}

/** emulate refuses a token after 5,000 calls an hour, which Slack does not: spread calls over this many tokens. */
const BOT_TOKENS = 40;

/**
 * Starts emulate inside this process, on a port of its own on 127.0.0.1. emulate gives people and channels random ids,
 * so ids are translated on the way in and out.
 */
export async function startEmulateBackend(
  people: readonly Person[],
  channels: readonly Channel[],
): Promise<EmulateBackend> {
  const botTokens = Array.from({ length: BOT_TOKENS }, (_, index) => `inner-bot-${index}`);
  const humans = people.filter((person) => person.id !== BOT_USER_ID);
  const emulator = await createEmulator({
    service: 'slack',
    port: 0,
    seed: {
      tokens: Object.fromEntries(botTokens.map((token) => [token, { login: BOT_USER_ID }])),
      slack: {
        team: { name: 'Firebreak sandbox', domain: TEAM_DOMAIN },
        users: humans.map((person) => ({ name: person.name, real_name: person.realName })),
        channels: channels.map((channel) => ({ name: channel.name })),
        oauth_apps: [
          {
            client_id: 'sandbox',
            client_secret: 'sandbox',
            app_id: APP_ID,
            name: 'Firebreak',
            redirect_uris: [],
            bot_id: BOT_ID,
            bot_user_id: BOT_USER_ID,
            bot_name: 'firebreak',
          },
        ],
        tokens: [
          ...botTokens.map((token) => ({ token, user_id: BOT_USER_ID, bot_id: BOT_ID, app_id: APP_ID })),
          ...humans.map((person) => ({ token: `inner-${person.id}`, user_id: person.name })),
        ],
      },
    },
  });
  const innerUrl = emulator.url;
  const inward = new Map<string, string>();
  const outward = new Map<string, string>();
  let calls = 0;

  const request = async (method: string, args: JsonObject, userId: string, signal?: AbortSignal) => {
    calls += 1;
    const token = userId === BOT_USER_ID ? `inner-bot-${calls % BOT_TOKENS}` : `inner-${userId}`;
    const response = await fetch(`${innerUrl.replace('localhost', '127.0.0.1')}/api/${method}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json; charset=utf-8' },
      body: JSON.stringify(args),
      ...(signal ? { signal } : {}),
    });
    const text = (await response.text())
      .replaceAll(innerUrl, `https://${TEAM_DOMAIN}.slack.com`)
      .replace(/\b[CDU][0-9A-F]{9}\b/g, (id) => outward.get(id) ?? id);
    const answer: unknown = JSON.parse(text);
    if (!response.ok || !isJsonObject(answer))
      throw new Error(`emulate answered ${response.status}: ${text}`);
    return answer;
  };

  const learn = (
    inner: JsonObject,
    known: readonly { readonly id: string; readonly name: string }[],
  ): void => {
    const own = known.find((entry) => entry.name === stringAt(inner, 'name'));
    if (own === undefined) return;
    inward.set(own.id, stringAt(inner, 'id'));
    outward.set(stringAt(inner, 'id'), own.id);
  };
  const innerUsers = await request('users.list', { limit: 1000 }, BOT_USER_ID);
  const innerChannels = await request('conversations.list', { limit: 1000 }, BOT_USER_ID);
  for (const user of objectsAt(innerUsers, 'members')) learn(user, humans);
  for (const channel of objectsAt(innerChannels, 'channels')) learn(channel, channels);

  /** A direct message `D…` with the person `U…` exists in emulate once it was opened. */
  const openDirectMessage = async (id: string): Promise<void> => {
    const users = inward.get(`U${id.slice(1)}`) ?? '';
    const opened = objectAt(await request('conversations.open', { users }, BOT_USER_ID), 'channel');
    inward.set(id, stringAt(opened, 'id'));
    outward.set(stringAt(opened, 'id'), id);
  };

  return {
    async call(method, args, userId, signal) {
      const channel = stringAt(args, 'channel');
      if (channel.startsWith('D') && !inward.has(channel)) await openDirectMessage(channel);
      const translated = Object.fromEntries(
        Object.entries(args).map(([key, value]) => [
          key,
          (key === 'channel' || key === 'user' || key === 'user_id') && typeof value === 'string'
            ? (inward.get(value) ?? value)
            : value,
        ]),
      );
      return request(method, translated, userId, signal);
    },
    [Symbol.asyncDispose]: () => emulator.close(),
  };
}
