import { createServer, type Socket } from 'node:net';
import { listenAsProxy } from './listen-as-proxy.ts';
import { readBytes } from './read-bytes.ts';
import type { ProxyOptions, StandInProxy } from './stand-in-proxy.ts';
import { Tunnels } from './tunnels.ts';

const VERSION = 5;
const METHOD = { none: 0, password: 2, unacceptable: 0xff } as const;
const CONNECT = 1;
const ADDRESS = { ipv4: 1, name: 3 } as const;
/** RFC 1928, 6. */
const REPLY = { opened: 0, notAllowed: 2, refused: 5, command: 7, address: 8 } as const;

const reply = (code: number): Buffer => Buffer.of(VERSION, code, 0, ADDRESS.ipv4, 0, 0, 0, 0, 0, 0);

const readText = async (socket: Socket): Promise<string> => {
  const [length = 0] = await readBytes(socket, 1);
  return (await readBytes(socket, length)).toString('utf8');
};

const readHost = async (socket: Socket, kind: number): Promise<string | undefined> => {
  if (kind === ADDRESS.ipv4) return (await readBytes(socket, 4)).join('.');
  return kind === ADDRESS.name ? readText(socket) : undefined;
};

/** True when the client may go on. RFC 1929. */
const admits = async (socket: Socket, { user, password = '' }: ProxyOptions): Promise<boolean> => {
  const [version, count = 0] = await readBytes(socket, 2);
  if (version !== VERSION) return false;
  const methods = await readBytes(socket, count);
  const wanted = user === undefined ? METHOD.none : METHOD.password;
  if (!methods.includes(wanted)) {
    socket.end(Buffer.of(VERSION, METHOD.unacceptable));
    return false;
  }
  socket.write(Buffer.of(VERSION, wanted));
  if (user === undefined) return true;
  await readBytes(socket, 1);
  const right = (await readText(socket)) === user && (await readText(socket)) === password;
  if (right) socket.write(Buffer.of(1, 0));
  else socket.end(Buffer.of(1, 1));
  return right;
};

const serve = async (socket: Socket, tunnels: Tunnels, user: string | undefined): Promise<void> => {
  const [, command, , kind = 0] = await readBytes(socket, 4);
  const host = await readHost(socket, kind);
  if (host === undefined || command !== CONNECT) {
    socket.end(reply(host === undefined ? REPLY.address : REPLY.command));
    return;
  }
  const port = (await readBytes(socket, 2)).readUInt16BE();
  tunnels.open(socket, `${host}:${port}`, user, {
    opened: () => socket.write(reply(REPLY.opened)),
    refused: () => socket.end(reply(REPLY.notAllowed)),
    unreachable: () => socket.end(reply(REPLY.refused)),
  });
};

/** A SOCKS5 proxy (RFC 1928) for IPv4 addresses and for names, which it resolves itself. */
export const startSocksProxy = (options: ProxyOptions = {}): Promise<StandInProxy> => {
  const tunnels = new Tunnels(options);
  let strangers = 0;
  const greet = async (socket: Socket): Promise<void> => {
    if (await admits(socket, options)) await serve(socket, tunnels, options.user);
    else strangers += 1;
  };
  const server = createServer((socket) => {
    tunnels.keep(socket);
    greet(socket).catch(() => socket.destroy());
  });
  return listenAsProxy(server, 'socks5', options, { tunnels, strangers: () => strangers });
};
