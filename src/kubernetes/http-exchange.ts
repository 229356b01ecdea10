import type { ClientRequest, IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { TLSSocket } from 'node:tls';
import type { ClusterLimits } from './cluster-limits.ts';
import { timeoutError } from './dial-failure.ts';
import type { Dialler } from './dialler.ts';
import { nodeHeaders, type RequestHeaders } from './impersonation-headers.ts';

export const METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'] as const;
export type Method = (typeof METHODS)[number];

export interface HttpRequest {
  readonly method: Method;
  /** Path and query below the server's own base path. */
  readonly path: string;
  readonly headers: RequestHeaders;
  readonly body?: Uint8Array;
  /** Whether a second arrival at the server could do harm. */
  readonly repeatable: 'repeatable' | 'once';
  readonly signal: AbortSignal;
}

/** Calls `connected` once the TLS connection stands: at once for a kept one. */
export const whenConnected = (request: ClientRequest, connected: () => void): void => {
  request.once('socket', (socket) => {
    if (request.reusedSocket || (socket instanceof TLSSocket && socket.authorized)) connected();
    else socket.once('secureConnect', connected);
  });
};

/** The server closed a kept connection while the request was on its way to it. */
export const wasStale = (request: ClientRequest, error: unknown): boolean =>
  request.reusedSocket &&
  error instanceof Error &&
  'code' in error &&
  (error.code === 'ECONNRESET' || error.code === 'EPIPE');

/** The base path of the server (Rancher and other gateways have one), and below it the path of the request. */
export const fullPath = (server: URL, path: string): string =>
  `${server.pathname.replace(/\/+$/u, '')}${path}`;

/**
 * One request and the head of its answer; the body is for the caller to read. A body always goes with
 * Content-Length: the API server reads a DELETE without one as a DELETE without preconditions. Rejects with Node's
 * error, a time-out error of `dial-failure.ts`, or the signal's reason.
 */
export const exchange = async (
  dialler: Dialler,
  request: HttpRequest,
  limits: Pick<ClusterLimits, 'connectMs' | 'headersMs'>,
): Promise<IncomingMessage> => {
  request.signal.throwIfAborted();
  // Ends: each round uses up one kept connection, and a new one can't be stale.
  for (;;) {
    const outcome = await once(dialler, request, limits);
    if (outcome !== 'stale') return outcome;
  }
};

const once = (
  dialler: Dialler,
  request: HttpRequest,
  limits: Pick<ClusterLimits, 'connectMs' | 'headersMs'>,
): Promise<IncomingMessage | 'stale'> =>
  new Promise((resolve, reject) => {
    const sent = httpsRequest({
      agent: dialler.agent,
      host: dialler.server.hostname.replace(/^\[|\]$/gu, ''),
      port: dialler.server.port === '' ? 443 : dialler.server.port,
      method: request.method,
      path: fullPath(dialler.server, request.path),
      headers: {
        ...nodeHeaders(request.headers),
        ...(request.body === undefined ? {} : { 'content-length': String(request.body.byteLength) }),
      },
    });
    // Said here and not by an event: a request that waits for its proxy has no socket, and is silent until it has one.
    const giveUp = (reason: unknown): void => {
      fail(reason);
      sent.destroy(new Error('given up'));
    };
    const connectTimer = setTimeout(
      () => giveUp(timeoutError('connect', limits.connectMs)),
      limits.connectMs,
    );
    const headersTimer = setTimeout(
      () => giveUp(timeoutError('headers', limits.headersMs)),
      limits.headersMs,
    );
    const abort = (): void => giveUp(request.signal.reason);
    const settle = (): void => {
      clearTimeout(connectTimer);
      clearTimeout(headersTimer);
    };
    const fail = (reason: unknown): void => {
      settle();
      request.signal.removeEventListener('abort', abort);
      reject(reason);
    };
    request.signal.addEventListener('abort', abort, { once: true });
    whenConnected(sent, () => clearTimeout(connectTimer));
    sent.once('response', (answer) => {
      settle();
      answer.once('close', () => request.signal.removeEventListener('abort', abort));
      resolve(answer);
    });
    sent.on('error', (error) => {
      settle();
      if (request.repeatable === 'repeatable' && wasStale(sent, error)) {
        request.signal.removeEventListener('abort', abort);
        resolve('stale');
      } else fail(error);
    });
    sent.end(request.body);
  });
