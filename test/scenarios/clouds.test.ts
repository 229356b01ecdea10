import { describe, expect, test, vi } from 'vitest';
import { startAzureCloud } from '../../sandbox/incident/start-azure.ts';
import { startGoogleCloud } from '../../sandbox/incident/start-google.ts';
import type { IncidentOptions } from '../../sandbox/incident/start-incident.ts';
import type { StandInProxy } from '../../sandbox/proxies/stand-in-proxy.ts';
import { startConnectProxy } from '../../sandbox/proxies/start-connect-proxy.ts';
import { startSocksProxy } from '../../sandbox/proxies/start-socks-proxy.ts';
import { startScenario } from './scenario.ts';

vi.setConfig({ testTimeout: 120_000 });

const SECRET = { user: 'incident', password: 's3cret:w@rd' };

const CLOUDS: readonly (readonly [string, Pick<IncidentOptions, 'amazon' | 'cloud'>])[] = [
  ['eks', { amazon: {} }],
  ['gke', { cloud: (folder) => startGoogleCloud({ folder }) }],
  ['aks', { cloud: (folder) => startAzureCloud({ folder }) }],
];
const WAYS: readonly (readonly [string, (() => Promise<StandInProxy>) | undefined])[] = [
  ['directly', undefined],
  ['through an HTTP proxy', () => startConnectProxy(SECRET)],
  ['through a SOCKS5 proxy', () => startSocksProxy(SECRET)],
];

describe.each(CLOUDS)('/k8s acquire %s prod-cluster pod/x', (provider, played) => {
  test.each(WAYS)('seals a whole bundle %s', async (_way, startProxy) => {
    await using proxy = startProxy === undefined ? undefined : await startProxy();
    await using scenario = await startScenario({
      ...played,
      config: proxy === undefined ? {} : { cluster: { proxyUrl: proxy.url } },
    });
    const firebreak = await scenario.start();
    const { run } = await scenario.does(`acquire ${provider} prod-cluster pod/x -c app --path /etc`);
    const end = await scenario.shown(run, 'end');
    expect(JSON.stringify(end.blocks)).not.toContain('INCOMPLETE');
    expect(new Set(scenario.incident.cluster.requests.map(({ user }) => user))).toEqual(
      new Set(['responder']),
    );
    if (proxy !== undefined) {
      expect(proxy.tunnels.length).toBeGreaterThan(1);
      expect(new Set(proxy.tunnels.map(({ user, outcome }) => `${user} ${outcome}`))).toEqual(
        new Set(['incident opened']),
      );
      expect(JSON.stringify([firebreak.log, end])).not.toContain('s3cret');
    }
    expect(await scenario.violations()).toEqual([]);
  });
});
