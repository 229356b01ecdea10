import { once } from 'node:events';
import { createServer } from 'node:net';

/** A port that takes connections and resets each, as a firewall does that speaks for a server. */
export const startResettingServer = async (): Promise<{ readonly host: string } & AsyncDisposable> => {
  const server = createServer((socket) => socket.resetAndDestroy());
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return {
    host: `127.0.0.1:${address.port}`,
    [Symbol.asyncDispose]: async () => {
      server.close();
      await once(server, 'close');
    },
  };
};
