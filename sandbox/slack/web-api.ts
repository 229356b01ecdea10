import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Caller, ChatMethods } from './chat-methods.ts';
import type { SlackClock } from './clock.ts';
import {
  conversationsInfo,
  conversationsMembers,
  usergroupsList,
  usergroupsUsersList,
  usersInfo,
} from './directory-methods.ts';
import type { EmulateBackend } from './emulate-backend.ts';
import type { Fault, FaultPlan } from './faults.ts';
import { readHistory } from './history-methods.ts';
import { type JsonObject, stringAt } from './json.ts';
import type { RateLimits } from './rate-limits.ts';
import { readArguments, readBody } from './read-arguments.ts';
import { SlackError } from './slack-error.ts';
import type { ViewMethods } from './view-methods.ts';
import { WEB_METHODS, type WebMethod } from './web-methods.ts';
import type { World } from './world.ts';

/** One request of the app, as the log of the stand-in keeps it. `at` is in milliseconds since the epoch. */
export interface Call {
  readonly method: string;
  readonly args: JsonObject;
  readonly at: number;
  /** HTTP status of the answer; 0 while there is none, or when the connection was cut. */
  readonly status: number;
  /** 'ok', Slack's error string, or the fault that was played. */
  readonly outcome: string;
}

export interface WebApiParts {
  readonly world: World;
  readonly backend: EmulateBackend;
  readonly chat: ChatMethods;
  readonly views: ViewMethods;
  readonly faults: FaultPlan;
  readonly limits: RateLimits;
  readonly clock: SlackClock;
  /** Token to caller; the app-level token too. */
  readonly tokens: ReadonlyMap<string, Caller & { readonly kind: 'bot' | 'app' }>;
  /** Makes a single-use WebSocket URL. */
  readonly openConnection: () => string;
  /** Writes a call into the log and returns how to complete it. */
  readonly log: (method: string, args: JsonObject) => (status: number, outcome: string) => void;
}

type Handler = (args: JsonObject, caller: Caller) => JsonObject | Promise<JsonObject>;

/** The Web API under `/api/`. */
export class WebApi {
  readonly #parts: WebApiParts;
  readonly #handlers: Readonly<Record<string, Handler>>;

  constructor(parts: WebApiParts) {
    this.#parts = parts;
    const { world, backend, chat, views } = parts;
    this.#handlers = {
      'auth.test': (args, caller) => backend.call('auth.test', args, caller.userId),
      'apps.connections.open': () => ({ ok: true, url: parts.openConnection() }),
      'chat.postMessage': (args, caller) => chat.postMessage(args, caller),
      'chat.postEphemeral': (args, caller) => chat.postEphemeral(args, caller),
      'chat.update': (args, caller) => chat.update(args, caller),
      'chat.delete': (args, caller) => chat.delete(args, caller),
      'chat.getPermalink': (args, caller) => backend.call('chat.getPermalink', args, caller.userId),
      'conversations.info': (args) => conversationsInfo(world, args),
      'conversations.members': (args) => conversationsMembers(world, args),
      'conversations.history': (args) => readHistory(world, backend, 'conversations.history', args),
      'conversations.replies': (args) => readHistory(world, backend, 'conversations.replies', args),
      'reactions.add': (args, caller) => chat.react('reactions.add', args, caller),
      'reactions.remove': (args, caller) => chat.react('reactions.remove', args, caller),
      'users.info': (args) => usersInfo(world, args),
      'usergroups.list': (args) => usergroupsList(world, args),
      'usergroups.users.list': (args) => usergroupsUsersList(world, args),
      'views.open': (args) => views.open(args),
      'views.update': (args) => views.update(args),
    };
  }

  async handle(request: IncomingMessage, response: ServerResponse, url: URL): Promise<void> {
    const method = url.pathname.slice('/api/'.length);
    const body = await readBody(request);
    const all = readArguments(url, request.headers['content-type'] ?? '', body);
    const { token: formToken, ...args } = all;
    const header = request.headers.authorization?.replace(/^Bearer\s+/i, '');
    const token = header ?? (typeof formToken === 'string' ? formToken : '');
    const done = this.#parts.log(method, args);

    let fault = this.#parts.faults.take(method);
    if (fault?.kind === 'hang') {
      const hungUp = new Promise<'hung up'>((resolve) => response.once('close', () => resolve('hung up')));
      // Whoever hangs up before the fault is cleared does not get what was asked.
      if ((await Promise.race([this.#parts.faults.released, hungUp])) === 'hung up')
        return done(0, 'fault: caller hung up');
      fault = undefined;
    }
    if (fault?.kind === 'server error') {
      done(500, 'fault: server error');
      response.writeHead(500).end();
      return;
    }
    const wait = this.#retryAfter(fault, method, args);
    if (wait !== undefined) {
      done(429, 'ratelimited');
      send(response, 429, { ok: false, error: 'ratelimited' }, { 'retry-after': String(wait) });
      return;
    }
    const scopes = [...(this.#parts.tokens.get(token)?.scopes ?? [])];
    const answer = await this.#answer(method, args, token, fault);
    if (fault?.kind === 'lose answer') {
      done(0, 'fault: answer lost');
      response.destroy();
      return;
    }
    done(200, answer['ok'] === true ? 'ok' : stringAt(answer, 'error'));
    send(response, 200, answer, {
      'x-oauth-scopes': scopes.join(','),
      'x-accepted-oauth-scopes': (WEB_METHODS[method]?.scopes ?? []).join(','),
    });
  }

  #retryAfter(fault: Fault | undefined, method: string, args: JsonObject): number | undefined {
    if (fault?.kind === 'rate limit') return fault.retryAfterSeconds;
    if (WEB_METHODS[method] === undefined) return undefined;
    return this.#parts.limits.take(method, stringAt(args, 'channel'));
  }

  async #answer(method: string, args: JsonObject, token: string, fault: Fault | undefined) {
    try {
      if (fault?.kind === 'refuse') throw new SlackError(fault.error);
      const spec = WEB_METHODS[method];
      const handler = this.#handlers[method];
      if (spec === undefined || handler === undefined) throw new SlackError('unknown_method');
      return await handler(args, this.#admit(spec, token));
    } catch (error) {
      if (error instanceof SlackError) return error.answer;
      throw error;
    }
  }

  /** Token and scope, with Slack's refusals. */
  #admit(spec: WebMethod, token: string): Caller {
    if (token === '') throw new SlackError('not_authed');
    const caller = this.#parts.tokens.get(token);
    if (caller === undefined) throw new SlackError('invalid_auth');
    if (spec.token !== caller.kind) throw new SlackError('not_allowed_token_type');
    if (spec.scopes.length > 0 && !spec.scopes.some((scope) => caller.scopes.has(scope)))
      throw new SlackError('missing_scope', {
        needed: spec.scopes.join(','),
        provided: [...caller.scopes].join(','),
      });
    return caller;
  }
}

/** Sends JSON the way Slack's edge does. */
export function send(
  response: ServerResponse,
  status: number,
  body: JsonObject,
  headers: Readonly<Record<string, string>> = {},
): void {
  response.writeHead(status, { 'content-type': 'application/json; charset=utf-8', ...headers });
  response.end(JSON.stringify(body));
}
