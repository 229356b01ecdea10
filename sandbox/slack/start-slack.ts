import { randomBytes } from 'node:crypto';
import { createServer } from 'node:http';
import { Acting } from './acting.ts';
import { type Caller, ChatMethods } from './chat-methods.ts';
import { systemClock } from './clock.ts';
import { startEmulateBackend } from './emulate-backend.ts';
import { FaultPlan } from './faults.ts';
import { stringAt } from './json.ts';
import { planFaults } from './plan-faults.ts';
import { RateLimits } from './rate-limits.ts';
import { numberedButtons, renderTranscript } from './render-transcript.ts';
import { ResponseUrls } from './response-urls.ts';
import { routeRequest } from './route-request.ts';
import { SignedRequests } from './signed-requests.ts';
import { SocketMode } from './socket-mode.ts';
import { DEFAULT_SCOPES, type SlackOptions, type StandInSlack } from './stand-in-slack.ts';
import { Triggers } from './triggers.ts';
import { ViewMethods } from './view-methods.ts';
import { waitForConnections, waitForVisible } from './wait-for.ts';
import { type Call, WebApi } from './web-api.ts';
import {
  BOT_PERSON,
  BOT_USER_ID,
  type Channel,
  type Person,
  SEED_CHANNELS,
  SEED_GROUPS,
  SEED_PEOPLE,
  TEAM_ID,
} from './workspace-seed.ts';
import { World } from './world.ts';

/** Starts a workspace with the seed people, channels and groups, and listens on 127.0.0.1. */
export async function startSlack(options: SlackOptions = {}): Promise<StandInSlack> {
  const clock = options.clock ?? systemClock;
  const world = new World(clock);
  const people: readonly Person[] = [...Object.values(SEED_PEOPLE), ...(options.people ?? []), BOT_PERSON];
  const channels: readonly Channel[] = [...Object.values(SEED_CHANNELS), ...(options.channels ?? [])];
  for (const person of people) world.people.set(person.id, person);
  for (const channel of [...channels, ...directMessages(people)]) world.channels.set(channel.id, channel);
  for (const group of Object.values(SEED_GROUPS)) world.groups.set(group.id, group);

  const backend = await startEmulateBackend(people, channels);
  const server = createServer();
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port ?? 0, '127.0.0.1', resolve);
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the server has no TCP address');
  const host = `127.0.0.1:${address.port}`;
  const baseUrl = `http://${host}`;

  const botToken = `xoxb-sandbox-${randomBytes(12).toString('hex')}`;
  const appToken = `xapp-sandbox-${randomBytes(12).toString('hex')}`;
  const signingSecret = randomBytes(16).toString('hex');
  const tokens = new Map<string, Caller & { readonly kind: 'bot' | 'app' }>();
  const setScopes = (scopes: readonly string[]): void => {
    tokens.set(botToken, { kind: 'bot', userId: BOT_USER_ID, scopes: new Set(scopes) });
  };
  setScopes(options.scopes ?? DEFAULT_SCOPES);
  tokens.set(appToken, { kind: 'app', userId: BOT_USER_ID, scopes: new Set(['connections:write']) });

  const calls: Call[] = [];
  const log: Parameters<typeof routeRequest>[2]['log'] = (method, args) => {
    const index = calls.push({ method, args, at: clock.now(), status: 0, outcome: 'pending' }) - 1;
    return (status, outcome) => {
      const call = calls[index];
      if (call !== undefined) calls[index] = { ...call, status, outcome };
      world.touch();
    };
  };

  const chat = new ChatMethods(world, backend);
  const triggers = new Triggers(clock);
  const responses = new ResponseUrls(world, chat, clock);
  const sockets = new SocketMode(clock);
  const requests = new SignedRequests(signingSecret, clock, options.requestUrl ?? '');
  const plan = new FaultPlan();
  const api = new WebApi({
    world,
    backend,
    chat,
    views: new ViewMethods(world, backend, triggers),
    faults: plan,
    limits: new RateLimits(clock, options.rateLimits ?? {}),
    clock,
    tokens,
    openConnection: () => `ws://${host}${sockets.openPath()}`,
    log,
  });
  server.on('request', (request, response) => {
    void routeRequest(request, response, { api, responses, faults: plan, log });
  });
  server.on('upgrade', (request, socket, head) => sockets.upgrade(request, socket, head));

  const describe = (): string =>
    channels
      .map((channel) => renderTranscript(world, channel.id))
      .filter((text) => text !== '')
      .join('\n');
  const dispatcher = options.mode === 'http' ? requests : sockets;
  const acting = new Acting({ world, chat, triggers, responses, dispatcher, clock, baseUrl, describe });

  let closing: Promise<void> | undefined;
  const close = (): Promise<void> => {
    closing ??= (async () => {
      sockets.close();
      server.closeAllConnections();
      plan.clear();
      await new Promise<void>((resolve) => server.close(() => resolve()));
      await backend[Symbol.asyncDispose]();
    })();
    return closing;
  };

  return {
    apiUrl: `${baseUrl}/api/`,
    botToken,
    appToken,
    signingSecret,
    teamId: TEAM_ID,
    botUserId: BOT_USER_ID,
    channels: SEED_CHANNELS,
    people: SEED_PEOPLE,
    groups: SEED_GROUPS,
    calls,
    faults: planFaults(plan, sockets),
    command: (act) => acting.command(act),
    click: (act) => acting.click(act),
    submitView: (act) => acting.submitView(act),
    async say({ user, channel, text, threadTs }) {
      const args = { channel, text, ...(threadTs === undefined ? {} : { thread_ts: threadTs }) };
      return stringAt(await chat.postMessage(args, { userId: user, scopes: new Set() }), 'ts');
    },
    messages: (channel) => world.visible.messages.filter((message) => message.channel === channel),
    ephemerals: (channel, user) =>
      world.visible.ephemerals.filter((entry) => entry.channel === channel && entry.user === user),
    waitFor: (probe, wait) => waitForVisible(world, probe, describe, wait),
    connected: (count = 1, wait = {}) => waitForConnections(sockets, (open) => open >= count, wait),
    disconnected: (wait = {}) => waitForConnections(sockets, (open) => open === 0, wait),
    setUserGroup(id, members, state = 'enabled') {
      const known = world.groups.get(id) ?? { id, handle: id.toLowerCase(), name: id };
      world.groups.set(id, { ...known, members, state });
    },
    setChannel(id, change) {
      const known = world.channels.get(id);
      if (known === undefined) throw new Error(`no channel has the id ${id}`);
      world.channels.set(id, { ...known, ...change });
    },
    setPerson(id, change) {
      const known = world.people.get(id);
      if (known === undefined) throw new Error(`nobody has the id ${id}`);
      world.people.set(id, { ...known, ...change });
    },
    setScopes,
    setRequestUrl(url) {
      requests.requestUrl = url;
    },
    renderTranscript: (channel, how) => renderTranscript(world, channel, how),
    buttons: (channel, how) => numberedButtons(world, channel, how),
    close,
    [Symbol.asyncDispose]: close,
  };
}

function directMessages(people: readonly Person[]): readonly Channel[] {
  return people
    .filter((person) => person.id !== BOT_USER_ID)
    .map((person) => ({
      id: `D${person.id.slice(1)}`,
      name: person.name,
      visibility: 'direct',
      sharing: 'none',
      state: 'open',
      members: [person.id, BOT_USER_ID],
    }));
}
