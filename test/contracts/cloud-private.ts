import { afterEach, describe, expect, it } from 'vitest';
import type { StandInProxy } from '../../sandbox/proxies/stand-in-proxy.ts';
import { startConnectProxy } from '../../sandbox/proxies/start-connect-proxy.ts';
import { startSocksProxy } from '../../sandbox/proxies/start-socks-proxy.ts';
import { type CloudStage, caught } from './cloud-stage.ts';

const PASSWORD = 's3cret:w@rd';
const INSIDE = 'api.inside.example';

/** The ways to a private cluster, which every provider takes: `server`, `tlsServerName` and `proxyUrl`. */
export const privateClusterContract = (stage: CloudStage): void => {
  it('reaches the cluster by another address, and checks the name that tlsServerName says', async () => {
    const inside = await stage.serve(stage.authority.issue([INSIDE]));
    const server = `https://localhost:${inside.url.port}`;
    const reached = await stage.client({ server, tlsServerName: INSIDE });
    expect(await reached.version(stage.signal)).toBe('v1.36.2');
    const wrong = await stage.client({ server, tlsServerName: 'api.other.example' });
    expect((await caught(wrong.version(stage.signal))).code).toBe('cluster-untrusted');
    expect(stage.requests).toBe(1);
  });

  describe.each([
    ['an HTTP proxy', startConnectProxy],
    ['a SOCKS5 proxy', startSocksProxy],
  ] as const)('through %s', (_kind, start) => {
    const proxies: StandInProxy[] = [];
    afterEach(async () => {
      for (const proxy of proxies.splice(0)) await proxy[Symbol.asyncDispose]();
    });
    const started = async (): Promise<StandInProxy> => {
      const proxy = await start({ user: 'firebreak', password: PASSWORD });
      proxies.push(proxy);
      return proxy;
    };
    const targets = ({ tunnels }: StandInProxy): readonly string[] => tunnels.map(({ target }) => target);

    it('reaches the cluster at its own address', async () => {
      const proxy = await started();
      expect(await (await stage.client({ proxyUrl: proxy.url })).version(stage.signal)).toBe('v1.36.2');
      expect(targets(proxy)).toEqual([stage.api.url.host]);
      expect(stage.requests).toBe(1);
    });

    it('reaches it at another address, which the proxy resolves, and checks the name still', async () => {
      const proxy = await started();
      const inside = await stage.serve(stage.authority.issue([INSIDE]));
      const options = { server: `https://jump.example:${inside.url.port}`, proxyUrl: proxy.url };
      const reached = await stage.client({ ...options, tlsServerName: INSIDE });
      expect(await reached.version(stage.signal)).toBe('v1.36.2');
      expect(targets(proxy)).toEqual([`jump.example:${inside.url.port}`]);
      const wrong = await stage.client({ ...options, tlsServerName: 'api.other.example' });
      expect((await caught(wrong.version(stage.signal))).code).toBe('cluster-untrusted');
      expect(stage.requests).toBe(1);
    });

    it('says that the proxy did not connect it, and shows neither its password nor any other secret', async () => {
      const proxy = await started();
      proxy.faults.add({ kind: 'refuse' });
      const reached = await stage.client({ proxyUrl: proxy.url });
      const error = await caught(reached.version(stage.signal));
      expect(error.code).toBe('cluster-unreachable');
      expect(error.message).toMatch(/The proxy did not connect/u);
      expect(stage.requests).toBe(0);
      stage.expectNoSecret(error, [PASSWORD, encodeURIComponent(PASSWORD), btoa(`firebreak:${PASSWORD}`)]);
    });
  });
};
