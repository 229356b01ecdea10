import { inspect } from 'node:util';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { StandInCluster } from '../../sandbox/cluster/stand-in-cluster.ts';
import { startCluster } from '../../sandbox/cluster/start-cluster.ts';
import { ConnectedClusters } from '../../src/connected-clusters.ts';
import { FirebreakError } from '../../src/core/firebreak-error.ts';
import { DEFAULT_FOOTHOLDS, DEFAULT_ISOLATION } from '../../src/core/foothold.ts';
import { createClusterClient } from '../../src/kubernetes/cluster-client.ts';
import { systemClock } from '../../src/runtime/system-clock.ts';
import { type AksScene, startAksScene } from './aks-scene.ts';

const { signal } = new AbortController();
const PODS = { group: '', version: 'v1', resource: 'pods', namespace: 'payments' };

let scene: AksScene;
let cluster: StandInCluster;
const open: ConnectedClusters[] = [];

beforeEach(async () => {
  scene = await startAksScene();
  cluster = await startCluster({
    containers: 'no shell',
    authenticateToken: (token) => scene.azure.authenticator.userOf(token),
  });
  await scene.pointTo({ server: new URL(cluster.url), caPem: cluster.caPem });
});
afterEach(async () => {
  for (const clusters of open.splice(0)) await clusters.close();
  await cluster.close();
  await scene.close();
});

const clustersWith = (options: object = {}): ConnectedClusters => {
  const keys = scene.cloud.access.readOptions({ ...scene.keys, ...options });
  const clusters = new ConnectedClusters({
    clusters: [
      {
        name: 'prod-cluster',
        provider: 'aks',
        cloud: scene.cloud,
        options: { read: keys, act: keys, node: keys },
        namespaces: [],
        parts: [],
        guard: { floorApprovals: 0, protectedNamespaces: [], protectedLabels: {} },
        ...{ footholds: DEFAULT_FOOTHOLDS, isolation: DEFAULT_ISOLATION },
        identities: 'one for all',
      },
    ],
    context: {
      home: scene.context.home,
      baseDir: scene.context.baseDir,
      clock: scene.clock,
      environment: scene.environment,
    },
    open: (access, name, { reconnect }) =>
      createClusterClient({
        access,
        reconnect,
        cluster: name,
        userAgent: 'firebreak/test',
        clock: systemClock,
        limits: { connectMs: 500 },
      }),
  });
  open.push(clusters);
  return clusters;
};

const failure = async (clusters: ConnectedClusters): Promise<FirebreakError> => {
  const thrown = await clusters
    .reader('prod-cluster', signal)
    .then((reader) => reader.list(PODS, {}, signal))
    .catch((error: unknown) => error);
  if (!(thrown instanceof FirebreakError)) throw new Error(`no FirebreakError: ${inspect(thrown)}`);
  const shown = `${thrown.sentence} ${thrown.stack} ${inspect(thrown, { depth: 20, showHidden: true })}`;
  for (const secret of scene.secrets()) expect(shown).not.toContain(secret);
  return thrown;
};

/** The user's entry in the stand-in's own kubeconfig. */
const certificateOf = (user: string): { readonly certPem: string; readonly keyPem: string } => {
  const text = cluster.kubeconfig(user);
  const part = (key: string): string =>
    Buffer.from(new RegExp(`${key}: "?([\\w+/=]+)`, 'u').exec(text)?.[1] ?? '', 'base64').toString();
  return { certPem: part('client-certificate-data'), keyPem: part('client-key-data') };
};

test('an AKS cluster answers, as the user that the binding of the object id names', async () => {
  const reader = await clustersWith().reader('prod-cluster', signal);
  expect(reader.server).toBe(cluster.url);
  expect((await reader.list(PODS, {}, signal)).length).toBeGreaterThan(0);
  expect(cluster.requests.map(({ user }) => user)).toEqual(['responder']);
});

describe('a refused identity', () => {
  const tenant = '22222222-2222-4222-8222-222222222222';

  test('of another tenant is told which one the cluster takes', async () => {
    scene.describeAs({ entra: { tenantId: tenant } });
    // A cluster of that tenant takes no token of this one.
    scene.azure.authenticator.takeNone();
    const error = await failure(clustersWith());
    expect(error.code).toBe('not-authenticated');
    expect(error.message).toContain(
      `did not accept the Entra token of object id ${scene.app.objectId} (app ${scene.app.clientId})`,
    );
    expect(error.message).toContain(
      `takes identities of the tenant ${tenant}, and this one is of the tenant ${scene.azure.tenant.id}`,
    );
  });

  test('that the cluster knows and that may do nothing there is told its object id', async () => {
    scene.azure.authenticator.bind(scene.app.objectId, 'nobody');
    const error = await failure(clustersWith());
    expect(error.code).toBe('not-allowed');
    expect(error.next).toContain(
      `AKS knows this identity as the user ${scene.app.objectId}, its object id: name that as the subject`,
    );
    expect(error.next).not.toContain('Azure role');
  });

  test('is told of roles in Azure too where the cluster has Azure RBAC on', async () => {
    scene.describeAs({ entra: { azureRbac: true } });
    scene.azure.authenticator.bind(scene.app.objectId, 'nobody');
    expect((await failure(clustersWith())).next).toContain('assign it an Azure role with the data action');
  });
});

describe('an API server that can not be reached', () => {
  const gone = async (): Promise<void> => cluster.close();

  test('is called private when it is, with each way that works', async () => {
    scene.describeAs({ enablePrivateCluster: true });
    await gone();
    const error = await failure(clustersWith());
    expect(error.code).toBe('cluster-unreachable');
    expect(error.message).toMatch(
      /Nothing accepts connections.*private \(enablePrivateCluster\).*virtual network alone/,
    );
    expect(error.next).toMatch(
      /in that network or in one connected to it.*proxyUrl.*server to a tunnel to 127\.0\.0\.1:\d+ or to a private endpoint, with tlsServerName.*Command invoke/,
    );
  });

  test('is told with the addresses that it takes connections from', async () => {
    scene.describeAs({ authorizedIpRanges: ['192.0.2.0/24', '198.51.100.7/32'] });
    await gone();
    const error = await failure(clustersWith());
    expect(error.message).toContain('only from authorizedIPRanges 192.0.2.0/24, 198.51.100.7/32.');
    expect(error.next).toMatch(/--api-server-authorized-ip-ranges.*proxyUrl/);
  });

  test('is told that the last operation of the cluster failed, when it did', async () => {
    scene.describeAs({ provisioningState: 'Failed' });
    await gone();
    expect((await failure(clustersWith())).message).toContain(
      'the last operation of the cluster ended as Failed',
    );
  });

  test('gets the general sentence when it is open to all', async () => {
    await gone();
    const error = await failure(clustersWith());
    expect(error.sentence).toMatch(/Nothing accepts connections.*Check the address and port/);
    expect(error.sentence).not.toMatch(/private|Ranges/);
  });
});

test('a cluster whose last operation failed is used as long as it answers', async () => {
  scene.describeAs({ provisioningState: 'Failed' });
  const reader = await clustersWith().reader('prod-cluster', signal);
  expect((await reader.list(PODS, {}, signal)).length).toBeGreaterThan(0);
});

test("a tunnel to the API server is used with the certificate of Azure's own name", async () => {
  const { port } = new URL(cluster.url);
  scene.describeAs({ fqdn: 'kubernetes.default.svc' });
  const server = `https://127.0.0.1:${port}`;
  const reader = await clustersWith({ server }).reader('prod-cluster', signal);
  expect((await reader.list(PODS, {}, signal)).length).toBeGreaterThan(0);
  scene.describeAs({ fqdn: 'another-name.azmk8s.io' });
  // What Azure said is asked for again after five minutes.
  scene.clock.movedMs += 5 * 60_000;
  expect((await failure(clustersWith({ server }))).code).toBe('cluster-untrusted');
});

describe('a cluster without Entra ID', () => {
  test('is reached by the client certificate that Azure hands out, and warned of', async () => {
    scene.describeAs({ entra: 'none', localAccount: certificateOf('cert-admin') });
    const reader = await clustersWith().reader('prod-cluster', signal);
    expect((await reader.list(PODS, {}, signal)).length).toBeGreaterThan(0);
    expect(cluster.requests.map(({ user }) => user)).toEqual(['cert-admin']);
    expect(scene.fetches()).toBe(0);
    const options = scene.cloud.access.readOptions(scene.keys);
    const access = await scene.cloud.access.connect(options, scene.context, signal);
    const { source, principal, warnings } = await access.caller(signal);
    expect(source).toMatch(/local account.*listClusterUserCredential/);
    expect(principal).toBe('cert-admin');
    expect(warnings.join()).toMatch(/no Entra integration.*the same for all.*system:masters/);
  });

  test('is reached by the token that Azure hands out', async () => {
    const token = cluster.token('responder');
    scene.azure.tenant.keepSecret(token);
    scene.describeAs({ entra: 'none', localAccount: { token } });
    const reader = await clustersWith().reader('prod-cluster', signal);
    expect((await reader.list(PODS, {}, signal)).length).toBeGreaterThan(0);
    expect(cluster.requests.map(({ user }) => user)).toEqual(['responder']);
  });

  test('whose local account is refused is told of rotated certificates', async () => {
    scene.describeAs({ entra: 'none', localAccount: { token: 'not-one-of-its-own' } });
    scene.azure.tenant.keepSecret('not-one-of-its-own');
    const error = await failure(clustersWith());
    expect(error.code).toBe('not-authenticated');
    expect(error.sentence).toMatch(/did not accept the local account.*rotated/);
  });
});
