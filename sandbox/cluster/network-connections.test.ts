import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { StandInCluster } from './stand-in-cluster.ts';
import {
  HTTP_PORT,
  type OpenConnection,
  openConnection,
  policy,
  reached,
  startNetworkScene,
  withPolicies,
} from './testing/network-scene.ts';

const PATIENTLY = { timeout: 30_000 };
const WEB = `shop/web:${HTTP_PORT}`;
let cluster: StandInCluster;
beforeAll(async () => {
  cluster = await startNetworkScene({ enforcement: 'networkpolicy', connections: 'kept' });
});
afterAll(() => cluster.close());
beforeEach(({ skip }) => {
  if (cluster.network === 'loopback only') skip(cluster.networkReason);
});

const web = { podSelector: { matchLabels: { app: 'web' } } };
const isolate = [policy('isolate', { ...web, policyTypes: ['Ingress', 'Egress'] })];

async function goesOn({ echoed }: OpenConnection): Promise<void> {
  const before = await echoed();
  await expect.poll(echoed, PATIENTLY).toBeGreaterThan(before);
}

/** Nothing comes back while a new connection is tried, and that is refused too. */
async function standsStill({ echoed }: OpenConnection): Promise<void> {
  const before = await echoed();
  expect(await reached(cluster, 'lab/client', [WEB])).toEqual([]);
  expect(await echoed()).toBe(before);
}

describe('a connection that is open when a policy forbids it', () => {
  it.each([
    ['in', 'lab/client', 'shop/web'],
    ['out', 'shop/web', 'lab/client'],
  ])('goes on where connections are kept, when it leads %s', async (_way, from, to) => {
    await cluster.setNetwork({ enforcement: 'networkpolicy', connections: 'kept' });
    const connection = await openConnection(cluster, from, to);
    await goesOn(connection);
    await withPolicies(cluster, isolate, async () => {
      expect(await reached(cluster, 'lab/client', [WEB])).toEqual([]);
      await goesOn(connection);
    });
  });

  it.each([
    ['in', 'lab/client', 'shop/web'],
    ['out', 'shop/web', 'lab/client'],
  ])('is cut where connections are cut, when it leads %s, until the policy goes', async (_way, from, to) => {
    await cluster.setNetwork({ enforcement: 'networkpolicy', connections: 'cut' });
    const connection = await openConnection(cluster, from, to);
    await goesOn(connection);
    await withPolicies(cluster, isolate, async () => {
      await standsStill(connection);
    });
    await goesOn(connection);
  });
});

describe('the namespace of a pod', () => {
  it('has tracked its connections from its birth, so that a rule of its own can spare them', async () => {
    const connection = await openConnection(cluster, 'lab/client', 'shop/web');
    await goesOn(connection);
    const pid = cluster.containerPid('shop', 'web', 'app');
    const nft = (rules: string) =>
      cluster.runOnNode(['nsenter', '-t', String(pid), '-n', '--', 'nft', rules]);
    await nft('table ip own { chain input { type filter hook input priority 0; ct state new drop; }; }');
    expect(await reached(cluster, 'lab/client', [WEB])).toEqual([]);
    await goesOn(connection);
    await nft('delete table ip own');
    expect(await reached(cluster, 'lab/client', [WEB])).toEqual([WEB]);
  });
});
