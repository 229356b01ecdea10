import { createServer as createHttpServer } from 'node:http';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';

export interface TestProxy {
  readonly url: URL;
  /** host:port of every connection that was asked for. */
  readonly asked: readonly string[];
  readonly authorizations: readonly (string | undefined)[];
  close(): Promise<void>;
}

const listening = async (
  server: Server,
  scheme: string,
  asked: readonly string[],
  authorizations: readonly (string | undefined)[],
): Promise<TestProxy> => {
  const open = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    open.add(socket);
    socket.on('error', () => undefined);
    socket.once('close', () => open.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: new URL(`${scheme}://127.0.0.1:${(server.address() as AddressInfo).port}`),
    asked,
    authorizations,
    close: () =>
      new Promise((resolve) => {
        for (const socket of open) socket.destroy();
        server.close(() => resolve());
      }),
  };
};

const join = (near: Socket, port: number, joined: (far: Socket) => void): void => {
  const far = connect(port, '127.0.0.1', () => {
    joined(far);
    far.pipe(near);
    near.pipe(far);
  });
  far.on('error', () => near.destroy());
  near.on('error', () => far.destroy());
  near.once('close', () => far.destroy());
};

/** A proxy for CONNECT (RFC 9110, 9.3.6). Every name leads to loopback. */
export const startConnectProxy = (refuse?: 'refuses every tunnel'): Promise<TestProxy> => {
  const asked: string[] = [];
  const authorizations: (string | undefined)[] = [];
  const server = createHttpServer((_request, response) => response.writeHead(405).end());
  server.on('connect', (request, socket: Socket) => {
    asked.push(request.url ?? '');
    authorizations.push(request.headers['proxy-authorization']);
    if (refuse !== undefined) {
      socket.end('HTTP/1.1 407 Proxy Authentication Required\r\n\r\n');
      return;
    }
    join(socket, Number(request.url?.split(':').at(-1)), () => socket.write('HTTP/1.1 200 OK\r\n\r\n'));
  });
  return listening(server, 'http', asked, authorizations);
};

/** A SOCKS5 proxy without authentication (RFC 1928), for IPv4 addresses and names. */
export const startSocksProxy = (): Promise<TestProxy> => {
  const asked: string[] = [];
  const server = createServer((socket) => {
    socket.once('data', () => {
      socket.write(Buffer.of(5, 0));
      socket.once('data', (request: Buffer) => {
        const isName = request[3] === 3;
        const end = isName ? 5 + (request[4] ?? 0) : 8;
        const host = isName ? request.toString('latin1', 5, end) : request.subarray(4, end).join('.');
        const port = request.readUInt16BE(end);
        asked.push(`${host}:${port}`);
        join(socket, port, () => socket.write(Buffer.of(5, 0, 0, 1, 127, 0, 0, 1, 0, 0)));
      });
    });
  });
  return listening(server, 'socks5', asked, []);
};
