import { inspect } from 'node:util';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { StandInCluster } from '../../sandbox/cluster/stand-in-cluster.ts';
import { startCluster } from '../../sandbox/cluster/start-cluster.ts';
import { ConnectedClusters } from '../../src/connected-clusters.ts';
import { FirebreakError } from '../../src/core/firebreak-error.ts';
import { DEFAULT_FOOTHOLDS, DEFAULT_ISOLATION } from '../../src/core/foothold.ts';
import { createClusterClient } from '../../src/kubernetes/cluster-client.ts';
import { systemClock } from '../../src/runtime/system-clock.ts';
import { bearerOf, sendStatus } from './cloud-api-server.ts';
import { type GkeScene, KEYS, RESPONDER, STARTER, startGkeScene } from './gke-scene.ts';
import { startResettingServer } from './resetting-server.ts';

const { signal } = new AbortController();
const PODS = { group: '', version: 'v1', resource: 'pods', namespace: 'payments' };
const DNS = 'gke-1a2b.europe-west1.gke.goog';

let scene: GkeScene;
let cluster: StandInCluster;
const open: ConnectedClusters[] = [];

beforeEach(async () => {
  scene = await startGkeScene();
  cluster = await startCluster({
    containers: 'no shell',
    authenticateToken: (token) => scene.google.authenticator.userOf(token),
  });
  await scene.pointTo({ server: new URL(cluster.url), caPem: cluster.caPem });
});
afterEach(async () => {
  for (const clusters of open.splice(0)) await clusters.close();
  await cluster.close();
  await scene.close();
});

const clustersWith = (options: object = {}): ConnectedClusters => {
  const keys = scene.cloud.access.readOptions({ ...KEYS, impersonate: RESPONDER, ...options });
  const clusters = new ConnectedClusters({
    clusters: [
      {
        name: 'prod-cluster',
        provider: 'gke',
        cloud: scene.cloud,
        parts: [],
        options: { read: keys, act: keys, node: keys },
        namespaces: [],
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
        proxyEnvironment: scene.environment,
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

test('a GKE cluster answers, as the user that the account is bound to', async () => {
  const reader = await clustersWith().reader('prod-cluster', signal);
  expect(reader.server).toBe(cluster.url);
  expect((await reader.list(PODS, {}, signal)).length).toBeGreaterThan(0);
  expect(cluster.requests.map(({ user }) => user)).toEqual(['responder']);
});

describe('a refused identity', () => {
  test('is named by its e-mail', async () => {
    scene.google.authenticator.bind(RESPONDER, 'gone');
    const error = await failure(clustersWith());
    expect(error.code).toBe('not-authenticated');
    expect(error.message).toContain(`did not accept the access token of ${RESPONDER}`);
    expect(error.next).toMatch(/not disabled or deleted.*project, location and name/u);
  });

  test('still gets its sentence where Google itself does not answer', async () => {
    const clusters = clustersWith();
    scene.google.authenticator.bind(RESPONDER, 'gone');
    scene.google.faults.add('oauth2.tokeninfo', { kind: 'server error' });
    expect((await failure(clusters)).message).toContain(RESPONDER);
  });

  test.each([
    ['dns', 'container.clusters.connect in the project shop-prod'],
    ['connect-gateway', "in the fleet's project, the role that `firebreak permissions prod-cluster` prints"],
  ])('is told what IAM asks for at the endpoint %s', async (endpoint, needs) => {
    const host = endpoint === 'dns' ? DNS : 'connectgateway.googleapis.com';
    scene.describeAs({
      more: {
        controlPlaneEndpointsConfig: { dnsEndpointConfig: { endpoint: DNS, allowExternalTraffic: true } },
        fleet: { membership: '//gkehub.googleapis.com/projects/1234567/locations/global/memberships/prod' },
      },
    });
    scene.internet.serve(host, (request, _body, response) =>
      sendStatus(response, 401, 'Unauthorized', `no ${bearerOf(request)}`),
    );
    const error = await failure(clustersWith({ endpoint }));
    expect(error.next).toContain(needs);
  });
});

describe('an identity without rights', () => {
  test('is told that IAM or RBAC has to grant them, and to whom', async () => {
    scene.google.authenticator.bind(RESPONDER, 'nobody');
    const error = await failure(clustersWith());
    expect(error.code).toBe('not-allowed');
    expect(error.message).toMatch(
      /may not list pods in namespace payments.*sees Firebreak as responder@shop-prod/u,
    );
    expect(error.next).toMatch(/Grant list pods.*IAM and RBAC, and one of them is enough/u);
  });

  test('is named by its number where that is what the cluster knows', async () => {
    delete scene.environment['GOOGLE_APPLICATION_CREDENTIALS'];
    scene.google.metadata.setAccount(scene.starter, ['https://www.googleapis.com/auth/cloud-platform']);
    scene.google.authenticator.bind(scene.starter.uniqueId, 'nobody');
    const error = await failure(clustersWith({ impersonate: undefined }));
    expect(error.message).toContain(`${STARTER} (by its numeric id: the metadata server)`);
  });

  test('through Connect gateway is told of the permission that streams need', async () => {
    const membership = '//gkehub.googleapis.com/projects/1234567/locations/global/memberships/prod';
    scene.describeAs({ more: { fleet: { membership } } });
    scene.internet.serve('connectgateway.googleapis.com', (_request, _body, response) =>
      sendStatus(response, 403, 'Forbidden', 'denied'),
    );
    expect((await failure(clustersWith({ endpoint: 'connect-gateway' }))).next).toMatch(
      /gkehub\.gateway\.stream, which roles\/gkehub\.gatewayAdmin alone holds/u,
    );
  });
});

describe('an endpoint that can not be reached', () => {
  const gone = async (): Promise<string> => {
    const { host } = new URL(cluster.url);
    await cluster.close();
    return host;
  };

  test('is called private when it is, with the DNS endpoint as a way out', async () => {
    const privateEndpoint = await gone();
    scene.describeAs({ more: { privateClusterConfig: { enablePrivateEndpoint: true, privateEndpoint } } });
    const error = await failure(clustersWith());
    expect(error.code).toBe('cluster-unreachable');
    expect(error.message).toMatch(
      /Nothing accepts connections.*private endpoint, which is reached from its VPC/u,
    );
    expect(error.next).toMatch(
      /^Open the DNS endpoint by `gcloud container clusters update prod --location=europe-west1 --project=shop-prod --enable-dns-access` and set `endpoint: dns`; or run Firebreak in that VPC.*proxyUrl/u,
    );
    const { hostname } = new URL(`https://${privateEndpoint}`);
    expect(error.next).toContain(
      `set server to a tunnel to ${privateEndpoint}, with tlsServerName ${hostname}`,
    );
    expect(error.next).toContain('docs/private-clusters.md');
    scene.describeAs({
      more: {
        privateClusterConfig: { enablePrivateEndpoint: true, privateEndpoint },
        controlPlaneEndpointsConfig: { dnsEndpointConfig: { endpoint: DNS, allowExternalTraffic: true } },
      },
    });
    expect((await failure(clustersWith())).next).toMatch(/^Set `endpoint: dns`, which IAM guards/u);
  });

  test('is called private too when the connection is reset on the way', async () => {
    await using server = await startResettingServer();
    const privateClusterConfig = { enablePrivateEndpoint: true, privateEndpoint: server.host };
    scene.describeAs({ more: { privateClusterConfig } });
    expect((await failure(clustersWith())).message).toContain(
      'private endpoint, which is reached from its VPC',
    );
  });

  test('is not called private when it is the proxy of the configuration that does not answer', async () => {
    const privateEndpoint = await gone();
    scene.describeAs({ more: { privateClusterConfig: { enablePrivateEndpoint: true, privateEndpoint } } });
    const error = await failure(clustersWith({ proxyUrl: `http://${privateEndpoint}` }));
    expect(error.code).toBe('cluster-unreachable');
    expect(error.sentence).not.toMatch(/set proxyUrl|private endpoint/u);
  });

  test.each([
    ['the older', (networks: object) => ({ masterAuthorizedNetworksConfig: networks })],
    [
      'the newer',
      (networks: object) => ({
        controlPlaneEndpointsConfig: {
          ipEndpointsConfig: {
            ...{ enabled: true, enablePublicEndpoint: true },
            authorizedNetworksConfig: networks,
          },
        },
      }),
    ],
  ])('is told with its authorised networks, in %s description', async (_which, more) => {
    const cidrBlocks = [{ cidrBlock: '192.0.2.0/24' }, { cidrBlock: '198.51.100.7/32' }];
    scene.describeAs({ more: more({ enabled: true, cidrBlocks }) });
    await gone();
    const error = await failure(clustersWith());
    expect(error.message).toContain('only from authorised networks (192.0.2.0/24, 198.51.100.7/32)');
    expect(error.next).toMatch(
      /^Add the address that this machine has on the internet.*or set server and tlsServerName to a tunnel.*docs\/private-clusters\.md/u,
    );
  });

  test('gets the general sentence when it is open to all', async () => {
    const networks = { enabled: true, cidrBlocks: [{ cidrBlock: '0.0.0.0/0' }] };
    scene.describeAs({ more: { masterAuthorizedNetworksConfig: networks } });
    await gone();
    const error = await failure(clustersWith());
    expect(error.sentence).toMatch(/Nothing accepts connections.*Check the address and port/u);
    expect(error.sentence).not.toMatch(/authorised|private/u);
  });
});
