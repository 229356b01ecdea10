import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer, type Server } from 'node:https';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { allows } from '../access/allows.ts';
import { withBoundRules } from '../access/bound-rules.ts';
import { impersonate } from '../access/impersonate.ts';
import type { User } from '../access/user.ts';
import { ExecServer } from '../exec/exec-server.ts';
import type { ExecProtocol } from '../exec/exec-status.ts';
import type { Kubelet } from '../pods/kubelet.ts';
import type { Certificate } from '../tls/certificate-authority.ts';
import { type Answer, nothingHere, refusal } from './answer.ts';
import { answerResource } from './answer-resource.ts';
import { answerDiscovery } from './discovery.ts';
import type { Fault, Faults } from './faults.ts';
import { type AuthenticateToken, identify } from './identify.ts';
import type { ObjectStore } from './object-store.ts';
import { isPod, type Pod } from './pod.ts';
import { type Body, MAX_BODY_BYTES, readBody } from './read-body.ts';
import type { RecordedRequest } from './recorded-request.ts';
import { type ParsedPath, parsePath } from './request-target.ts';
import * as status from './status.ts';
import { writeAnswer, writeRefusal } from './write-answer.ts';

export interface ApiServerOptions {
  readonly certificate: Certificate;
  readonly caPem: string;
  readonly users: readonly User[];
  readonly addUser: (name: string, groups: readonly string[]) => User;
  readonly store: ObjectStore;
  readonly kubelet: Kubelet;
  readonly faults: Faults;
  readonly execProtocols: readonly ExecProtocol[];
  readonly maxBytesPerSecond: number | undefined;
  readonly authenticateToken: AuthenticateToken;
  /** API groups that this cluster does not have. */
  readonly absentGroups: readonly string[];
}

/** Client libraries keep connections open; a stand-in that closes must not wait for them. */
const KEEP_ALIVE_MS = 60_000;

/** One request on its way through the server: who asked, for what, and which faults hit it. */
interface Incoming {
  readonly url: URL;
  /** As whom it is carried out; a refusal where it may not be that. */
  readonly user: User | status.Status | undefined;
  readonly parsed: ParsedPath;
  readonly faults: readonly Fault[];
  /** Its place in the record. */
  readonly at: number;
}

/** The HTTPS and WebSocket API. It checks in the order of kube-apiserver: who, may they, is it there, is it valid. */
export class ApiServer {
  readonly requests: RecordedRequest[] = [];
  readonly #options: ApiServerOptions;
  readonly #server: Server;
  readonly #exec: ExecServer;
  readonly #sockets = new Set<Duplex>();

  constructor(options: ApiServerOptions) {
    this.#options = options;
    this.#exec = new ExecServer(options.kubelet, options.execProtocols, options.maxBytesPerSecond);
    const { certPem, keyPem } = options.certificate;
    this.#server = createServer(
      { cert: certPem, key: keyPem, ca: options.caPem, requestCert: true, rejectUnauthorized: false },
      (request, response) => void this.#answerHttp(request, response),
    );
    this.#server.keepAliveTimeout = KEEP_ALIVE_MS;
    this.#server.on('upgrade', (request, socket, head) => void this.#answerUpgrade(request, socket, head));
    this.#server.on('connection', (socket) => {
      this.#sockets.add(socket);
      socket.once('close', () => this.#sockets.delete(socket));
    });
    this.#server.on('tlsClientError', () => undefined);
  }

  async listen(): Promise<string> {
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen(0, '127.0.0.1', resolve);
    });
    const address = this.#server.address();
    if (address === null || typeof address === 'string') throw new Error('the server has no port');
    return `https://127.0.0.1:${address.port}`;
  }

  /** Takes a connection that came in some other way than over 127.0.0.1. */
  accept(socket: Socket): void {
    this.#server.emit('connection', socket);
  }

  async close(): Promise<void> {
    const closed = new Promise((resolve) => this.#server.close(resolve));
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }

  #receive(request: IncomingMessage, upgrade: boolean): Incoming {
    const url = new URL(request.url ?? '/', 'https://stand-in');
    const { users, faults, authenticateToken, store } = this.#options;
    const known = identify(request, users, faults, authenticateToken);
    const caller = known && withBoundRules(known, store);
    const user = caller && this.#actingAs(request, caller);
    const parsed = parsePath(request.method ?? 'GET', url);
    const target = parsed.kind === 'resource' ? parsed.target : undefined;
    const record: RecordedRequest = {
      at: new Date(),
      method: request.method ?? 'GET',
      path: request.url ?? '/',
      user: caller?.name ?? '',
      ...(user === undefined || user === caller || !isUser(user)
        ? {}
        : { impersonated: { user: user.name, groups: user.groups, extra: user.extra ?? {} } }),
      userAgent: request.headers['user-agent'] ?? '',
      verb: target?.verb ?? '',
      resource: target === undefined ? '' : [target.resource, target.subresource].filter(Boolean).join('/'),
      namespace: target?.namespace ?? '',
      name: target?.name ?? '',
      upgrade,
    };
    const at = this.requests.push(record) - 1;
    return { url, user, parsed, faults: faults.hitting(record), at };
  }

  #actingAs(request: IncomingMessage, caller: User): User | status.Status {
    const { users, store } = this.#options;
    const user = impersonate(request, caller, users);
    return user === caller || !isUser(user) ? user : withBoundRules(user, store);
  }

  async #answerHttp(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const incoming = this.#receive(request, false);
    const body = await readBody(request);
    if (body === 'gone') return;
    if (request.method !== 'GET' && body !== 'too large') this.#note(incoming, { body: body.text });
    const fault = await meet(incoming);
    if (fault === 'hang') return;
    if (fault === 'drop') {
      request.socket.destroy();
      return;
    }
    const answer = fault ?? this.#decide(incoming, request, body);
    if (answer.kind !== 'stream') this.#note(incoming, { status: answer.code });
    if ((await meetAnswer(incoming.faults)) === 'drop') request.socket.destroy();
    else writeAnswer(answer, response);
  }

  #note({ at }: Incoming, seen: Pick<RecordedRequest, 'body' | 'status'>): void {
    const record = this.requests[at];
    if (record !== undefined) this.requests[at] = { ...record, ...seen };
  }

  async #answerUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
    socket.on('error', () => socket.destroy());
    const incoming = this.#receive(request, true);
    const fault = await meet(incoming);
    if (fault === 'hang') return;
    if (fault === 'drop') {
      socket.destroy();
      return;
    }
    const refused = fault ?? this.#checkExec(incoming);
    if (refused === undefined) {
      const pod = this.#podOf(incoming);
      if (pod === undefined) return;
      const late = this.#exec.accept({
        pod,
        url: incoming.url,
        request,
        socket,
        head,
        faults: incoming.faults,
      });
      if (late !== undefined) writeRefusal(late, socket);
    } else if (refused.kind !== 'stream') {
      this.#note(incoming, { status: refused.code });
      writeRefusal(refused, socket);
    }
  }

  /** Authentication and authorization, which come before anything else. */
  #refuse({ user, parsed }: Incoming): Answer | undefined {
    if (user === undefined) return refusal(status.unauthorized());
    if (!isUser(user)) return refusal(user);
    if (parsed.kind === 'other') return undefined;
    const { target } = parsed;
    if (allows(user, target)) return undefined;
    return refusal(status.forbidden(target, status.whyForbidden(user.name, target)));
  }

  #decide(incoming: Incoming, request: IncomingMessage, body: Body | 'too large'): Answer {
    const { store, kubelet, addUser, absentGroups } = this.#options;
    const refused = this.#refuse(incoming);
    const { user, parsed, url } = incoming;
    if (refused !== undefined || user === undefined || !isUser(user)) return refused ?? nothingHere();
    if (parsed.kind === 'other')
      return request.method === 'GET'
        ? answerDiscovery(parsed.path, absentGroups)
        : refusal(status.methodNotAllowed());
    const { target, resource } = parsed;
    if (resource === undefined || absentGroups.includes(resource.group)) return nothingHere();
    if (body === 'too large') return refusal(status.bodyTooLarge(MAX_BODY_BYTES));
    return answerResource({
      ...{ store, kubelet, user, addUser, target, resource, query: url.searchParams },
      ...{ body: body.text, contentType: body.contentType },
      accept: request.headers.accept ?? '',
      userAgent: request.headers['user-agent'] ?? '',
    });
  }

  #checkExec(incoming: Incoming): Answer | undefined {
    const refused = this.#refuse(incoming);
    const { user, parsed } = incoming;
    if (refused !== undefined || user === undefined || !isUser(user) || parsed.kind === 'other')
      return refused ?? nothingHere();
    const { target } = parsed;
    if (!this.#isExec(incoming)) return nothingHere();
    // The second check, for create, since 1.35: KEP and gate AuthorizePodWebsocketUpgradeCreatePermission.
    if (!allows(user, { ...target, verb: 'create' }))
      return refusal(status.forbidden({ ...target, subresource: '' }, ''));
    return this.#podOf(incoming) === undefined ? refusal(status.notFound(target)) : undefined;
  }

  #isExec({ parsed }: Incoming): boolean {
    return (
      parsed.kind === 'resource' && parsed.target.resource === 'pods' && parsed.target.subresource === 'exec'
    );
  }

  #podOf({ parsed }: Incoming): Pod | undefined {
    if (parsed.kind === 'other') return undefined;
    const { namespace, name } = parsed.target;
    const object = this.#options.store.get({ group: '', resource: 'pods', namespace, name });
    return object !== undefined && isPod(object) ? object : undefined;
  }
}

const isUser = (one: User | status.Status): one is User => 'rules' in one;

async function meet({ faults, parsed }: Incoming): Promise<'hang' | 'drop' | Answer | undefined> {
  for (const fault of faults) {
    if (fault.kind === 'slow') await new Promise((resolve) => setTimeout(resolve, fault.delayMs));
    if (fault.kind === 'hang') return 'hang';
    if (fault.kind === 'drop connection') return 'drop';
    if (fault.kind === 'hold before' && (await fault.hold.arrive()) === 'forget') return 'drop';
    if (fault.kind === 'status') {
      const target = parsed.kind === 'resource' ? parsed.target : undefined;
      return refusal(status.faultStatus(fault.code, target));
    }
  }
  return undefined;
}

/** What happens to a request that was carried out, on the way back. */
async function meetAnswer(faults: readonly Fault[]): Promise<'drop' | undefined> {
  for (const fault of faults) {
    if (fault.kind === 'lose answer') return 'drop';
    if (fault.kind === 'hold answer' && (await fault.hold.arrive()) === 'forget') return 'drop';
  }
  return undefined;
}
