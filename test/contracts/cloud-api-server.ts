import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { createServer, type Server, type ServerOptions } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import type { KeyedCertificate } from './cloud-certificates.ts';

/** An HTTPS server on loopback that is asked like a Kubernetes API. */
export interface ApiServer {
  readonly url: URL;
  readonly server: Server;
  /** Connections taken so far. */
  readonly connections: () => number;
  close(): Promise<void>;
}

export const startApiServer = async (
  certificate: KeyedCertificate,
  answer: RequestListener,
  options: ServerOptions = {},
): Promise<ApiServer> => {
  const server = createServer({ cert: certificate.certPem, key: certificate.keyPem, ...options }, answer);
  const open = new Set<Socket>();
  let connections = 0;
  server.on('connection', (socket: Socket) => {
    connections += 1;
    open.add(socket);
    socket.once('close', () => open.delete(socket));
  });
  // A client that refuses our certificate ends the handshake; that is what the tests ask for.
  server.on('tlsClientError', () => undefined);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: new URL(`https://127.0.0.1:${port}`),
    server,
    connections: () => connections,
    close: () =>
      new Promise((resolve) => {
        for (const socket of open) socket.destroy();
        server.close(() => resolve());
      }),
  };
};

export const sendJson = (response: ServerResponse, status: number, body: unknown): void => {
  const text = JSON.stringify(body);
  response.writeHead(status, {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(text),
  });
  response.end(text);
};

/** A refusal in the shape of the Kubernetes API conventions. */
export const sendStatus = (response: ServerResponse, code: number, reason: string, message: string): void =>
  sendJson(response, code, {
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Failure',
    message,
    reason,
    code,
  });

export const bearerOf = (request: IncomingMessage): string =>
  (request.headers.authorization ?? '').replace(/^Bearer /u, '');
