import { once } from 'node:events';
import type { Server } from 'node:net';
import type { ProxyOptions, StandInProxy } from './stand-in-proxy.ts';
import type { Tunnels } from './tunnels.ts';

/** Lets a server of either protocol listen on 127.0.0.1. */
export const listenAsProxy = async (
  server: Server,
  scheme: 'http' | 'socks5',
  { user, password }: ProxyOptions,
  { tunnels, strangers }: { readonly tunnels: Tunnels; readonly strangers: () => number },
): Promise<StandInProxy> => {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the proxy has no port');
  const who = user === undefined ? '' : `${encodeURIComponent(user)}:${encodeURIComponent(password ?? '')}@`;
  return {
    url: `${scheme}://${who}127.0.0.1:${address.port}`,
    tunnels: tunnels.asked,
    get strangers() {
      return strangers();
    },
    faults: tunnels.faults,
    [Symbol.asyncDispose]: async () => {
      const closed = once(server, 'close');
      server.close();
      tunnels.close();
      await closed;
    },
  };
};
