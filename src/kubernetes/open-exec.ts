import type { ClientRequest, IncomingMessage } from 'node:http';
import WebSocket from 'ws';
import type { ExecRequest, ExecSession } from '../core/cluster.ts';
import { FirebreakError } from '../core/firebreak-error.ts';
import { refusalText } from './answer-text.ts';
import type { Wire } from './cluster-connection.ts';
import type { RequestContext } from './cluster-request.ts';
import { timeoutError } from './dial-failure.ts';
import { protocolOf, SUBPROTOCOLS } from './exec-channel.ts';
import { ExecSocketSession } from './exec-socket-session.ts';
import { fullPath, wasStale, whenConnected } from './http-exchange.ts';
import { nodeHeaders } from './impersonation-headers.ts';
import { resourceUrl } from './resource-url.ts';
import { type Refusal, statusFailure } from './status-failure.ts';

/** Servers send 32 KiB a message. What is larger is not a Kubernetes API. */
const MESSAGE_BYTES = 1024 * 1024;

/** argv element by element, never a shell line; stdin always open; no terminal, which would change bytes. */
export const execPath = (request: Omit<ExecRequest, 'signal'>): string => {
  const query = new URLSearchParams({ container: request.container });
  for (const part of request.command) query.append('command', part);
  for (const stream of ['stdin', 'stdout', 'stderr']) query.set(stream, 'true');
  const path = resourceUrl({
    group: '',
    version: 'v1',
    namespace: request.namespace,
    resource: 'pods',
    name: request.pod,
    subresource: 'exec',
  });
  return `${path}?${query.toString()}`;
};

/**
 * Starts a process in a container, over the `exec` subresource and the v5 or v4 channel subprotocol (KEP-4006).
 * Throws `not-found`, `not-running`, `not-allowed`, `not-authenticated`, `cluster-*`; a process that could not be
 * started (no such executable) is the session's status, because the server says so only after the handshake.
 */
export const openExec = (context: RequestContext, request: ExecRequest): Promise<ExecSession> =>
  context.connection.call(request.signal, async (wire) => {
    // Ends: each round uses up one kept connection, and a new one can't be stale.
    for (;;) {
      // A caller can leave while a token is fetched, and an event that is over is not heard.
      request.signal.throwIfAborted();
      const outcome = await handshake(context, wire, request);
      if (outcome !== 'stale') return outcome;
    }
  });

const handshake = (
  context: RequestContext,
  wire: Wire,
  request: ExecRequest,
): Promise<ExecSession | 'stale'> =>
  new Promise((resolve, reject) => {
    const { limits, connection } = context;
    const server = wire.dialler.server;
    let sent: ClientRequest | undefined;
    let failure: unknown;
    const socket = new WebSocket(
      `wss://${server.host}${fullPath(server, execPath(request))}`,
      [...SUBPROTOCOLS],
      {
        agent: wire.dialler.agent,
        headers: { ...wire.headers, ...nodeHeaders(context.impersonation) },
        perMessageDeflate: false,
        followRedirects: false,
        // `ExecSocketSession` answers pings: ws itself would keep a pong for each one that a server doesn't read.
        autoPong: false,
        maxPayload: MESSAGE_BYTES,
        // Frames are bytes; nothing here is text.
        skipUTF8Validation: true,
        finishRequest: (upgrade) => {
          sent = upgrade;
          whenConnected(upgrade, () => clearTimeout(connectTimer));
          upgrade.end();
        },
      },
    );
    const session = new ExecSocketSession(socket, context.clock);
    const give = (up: unknown): void => {
      failure ??= up;
      socket.terminate();
    };
    const connectTimer = setTimeout(() => give(timeoutError('connect', limits.connectMs)), limits.connectMs);
    const openTimer = setTimeout(() => give(timeoutError('headers', limits.handshakeMs)), limits.handshakeMs);
    const abort = (): void =>
      socket.readyState === WebSocket.OPEN ? session.abort() : give(request.signal.reason);
    const settle = (): void => {
      clearTimeout(connectTimer);
      clearTimeout(openTimer);
    };
    request.signal.addEventListener('abort', abort, { once: true });
    socket.once('close', () => request.signal.removeEventListener('abort', abort));
    socket.on('unexpected-response', (upgrade: ClientRequest, answer: IncomingMessage) => {
      settle();
      void refusalText(answer, limits.refusalBytes).then((body) => {
        upgrade.destroy();
        give(refused({ status: answer.statusCode ?? 0, body }, context, request));
        reject(failure);
      });
    });
    socket.on('error', (error) => {
      settle();
      session.failed(error);
      if (failure === undefined && sent !== undefined && wasStale(sent, error)) resolve('stale');
      else reject(failure ?? handshakeFailure(error, connection.cluster));
    });
    socket.once('open', () => {
      settle();
      const protocol = protocolOf(socket.protocol);
      if (protocol === undefined) {
        give(wrongProtocol(connection.cluster));
        reject(failure);
        return;
      }
      session.opened(protocol);
      resolve(session);
    });
  });

const refused = (refusal: Refusal, context: RequestContext, request: ExecRequest): FirebreakError => {
  const { cluster, filter } = context.connection;
  // A WebSocket server that knows none of the offered subprotocols answers 403 with nothing; RBAC sends a Status.
  if (refusal.status === 403 && refusal.body === '') return wrongProtocol(cluster);
  // A server before 1.35 asks for get only, a later one for create too, and neither says which is missing.
  const exec = { group: '', resource: 'pods', subresource: 'exec' };
  const permissions = [
    { verb: 'get', ...exec },
    { verb: 'create', ...exec },
  ] as const;
  return statusFailure(refusal, { cluster, filter, permissions, namespace: request.namespace });
};

const handshakeFailure = (error: Error, cluster: string): unknown =>
  /subprotocol|Sec-WebSocket|Upgrade header/u.test(error.message) ? wrongProtocol(cluster) : error;

const wrongProtocol = (cluster: string): FirebreakError =>
  new FirebreakError({
    code: 'cluster-answer',
    message: `Cluster ${cluster} does not speak the exec protocols v5 and v4 over WebSocket.`,
    next: 'Check that the cluster is Kubernetes 1.30 or later, and that no proxy before it removes WebSocket headers.',
  });
