import { createServer, type IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { listenAsProxy } from './listen-as-proxy.ts';
import type { ProxyOptions, StandInProxy } from './stand-in-proxy.ts';
import { Tunnels } from './tunnels.ts';

const answer = (status: string, header = ''): string =>
  `HTTP/1.1 ${status}\r\n${header}content-length: 0\r\nconnection: close\r\n\r\n`;

const credentialsOf = ({ headers }: IncomingMessage): string => {
  const [scheme = '', value = ''] = (headers['proxy-authorization'] ?? '').split(' ');
  return scheme.toLowerCase() === 'basic' ? Buffer.from(value, 'base64').toString('utf8') : '';
};

/** An HTTP proxy that only tunnels: CONNECT (RFC 9110, 9.3.6) with basic authentication (RFC 7617) where it asks for it. */
export const startConnectProxy = (options: ProxyOptions = {}): Promise<StandInProxy> => {
  const tunnels = new Tunnels(options);
  const { user, password = '' } = options;
  let strangers = 0;
  const server = createServer((_request, response) => {
    response.writeHead(405, { connection: 'close' }).end('this proxy only tunnels');
  });
  server.on('connection', (socket: Socket) => tunnels.keep(socket));
  server.on('connect', (request: IncomingMessage, client: Socket, early: Buffer) => {
    if (user !== undefined && credentialsOf(request) !== `${user}:${password}`) {
      strangers += 1;
      client.end(answer('407 Proxy Authentication Required', 'proxy-authenticate: Basic realm="proxy"\r\n'));
      return;
    }
    const answers = {
      opened: () => client.write('HTTP/1.1 200 Connection established\r\n\r\n'),
      refused: () => client.end(answer('403 Forbidden')),
      unreachable: () => client.end(answer('502 Bad Gateway')),
    };
    tunnels.open(client, request.url ?? '', user, answers, early);
  });
  return listenAsProxy(server, 'http', options, { tunnels, strangers: () => strangers });
};
