import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { createSecureContext, type SecureContext, TLSSocket } from 'node:tls';
import { createCertificateAuthority } from '../cluster/tls/certificate-authority.ts';
import type { HostHandler, Internet } from './internet.ts';

const HTTPS_PORT = '443';

/** Starts it with no host at all. */
export const startInternet = async (): Promise<Internet> => {
  const authority = createCertificateAuthority('stand-in-internet');
  const hosts = new Map<string, HostHandler>();
  const contexts = new Map<string, SecureContext>();
  const requests: string[] = [];
  const refused: string[] = [];
  const sockets = new Set<Duplex>();

  const handlerOf = (host: string): HostHandler | undefined =>
    hosts.get(host) ?? hosts.get(`*.${host.split('.').slice(1).join('.')}`);
  const contextOf = (host: string): SecureContext => {
    const known = contexts.get(host);
    if (known !== undefined) return known;
    const { certPem, keyPem } = authority.issueServer([], [host]);
    const made = createSecureContext({ cert: certPem, key: keyPem });
    contexts.set(host, made);
    return made;
  };
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const host = request.headers.host?.split(':')[0] ?? '';
    requests.push(`${request.method} ${host}${request.url?.split('?')[0] ?? ''}`);
    const handler = handlerOf(host);
    if (handler === undefined) response.writeHead(421).end();
    else await handler(request, await buffer(request), response);
  };
  const web = createServer((request, response) => {
    answer(request, response).catch(() => request.socket.destroy());
  });

  const proxy = createServer((_request, response) => response.writeHead(403).end('this proxy only tunnels'));
  proxy.on('connect', (request: IncomingMessage, socket: Socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket)).on('error', () => socket.destroy());
    const target = request.url ?? '';
    const [host = '', port] = target.split(':');
    if (port !== HTTPS_PORT || handlerOf(host) === undefined) {
      refused.push(target);
      socket.end('HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\n\r\n');
      return;
    }
    socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
    const tls = new TLSSocket(socket, { isServer: true, secureContext: contextOf(host) });
    tls.on('error', () => socket.destroy());
    web.emit('connection', tls);
  });
  proxy.listen(0, '127.0.0.1');
  await once(proxy, 'listening');
  const address = proxy.address();
  if (address === null || typeof address === 'string') throw new Error('the proxy has no port');
  return {
    proxyUrl: `http://127.0.0.1:${address.port}`,
    caPem: authority.caPem,
    requests,
    refused,
    serve: (host, handler) => {
      hosts.set(host, handler);
    },
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets) socket.destroy();
      proxy.closeAllConnections();
      web.closeAllConnections();
      const closed = once(proxy, 'close');
      proxy.close();
      await closed;
    },
  };
};
