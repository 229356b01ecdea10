import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { inspect, promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { StandInCluster } from '../../sandbox/cluster/stand-in-cluster.ts';
import { startCluster } from '../../sandbox/cluster/start-cluster.ts';
import { startConnectProxy } from '../../sandbox/proxies/start-connect-proxy.ts';
import { startSocksProxy } from '../../sandbox/proxies/start-socks-proxy.ts';
import { ConnectedClusters } from '../../src/connected-clusters.ts';
import { FirebreakError } from '../../src/core/firebreak-error.ts';
import { DEFAULT_FOOTHOLDS, DEFAULT_ISOLATION } from '../../src/core/foothold.ts';
import { createClusterClient } from '../../src/kubernetes/cluster-client.ts';
import { systemClock } from '../../src/runtime/system-clock.ts';
import { CLUSTER, type EksScene, EXTERNAL_ID, REGION, startEksScene } from './eks-scene.ts';
import { startResettingServer } from './resetting-server.ts';

const { signal } = new AbortController();
const PODS = { group: '', version: 'v1', resource: 'pods', namespace: 'payments' };

let scene: EksScene;
let cluster: StandInCluster;
/** AWS's own time, which a test may part from ours. */
let awsAheadMs: number;
const open: ConnectedClusters[] = [];

beforeEach(async () => {
  awsAheadMs = 0;
  scene = await startEksScene({ awsClock: { now: () => new Date(Date.now() + awsAheadMs) } });
  cluster = await startCluster({
    containers: 'no shell',
    authenticateToken: (token) => scene.authenticator.userOf(token),
  });
  await scene.pointTo({ server: new URL(cluster.url), caPem: cluster.caPem });
});
afterEach(async () => {
  for (const clusters of open.splice(0)) await clusters.close();
  await cluster.close();
  await scene.close();
});

const clustersWith = (options: object = {}): ConnectedClusters => {
  const keys = scene.cloud.access.readOptions({
    ...{ region: REGION, name: CLUSTER, roleArn: scene.role.arn, externalId: EXTERNAL_ID },
    ...options,
  });
  const clusters = new ConnectedClusters({
    clusters: [
      {
        name: 'prod-cluster',
        provider: 'eks',
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

test('an EKS cluster answers, as the user that the access entry of the role names', async () => {
  const reader = await clustersWith().reader('prod-cluster', signal);
  expect(reader.server).toBe(cluster.url);
  expect((await reader.list(PODS, {}, signal)).length).toBeGreaterThan(0);
  expect(cluster.requests.map(({ user }) => user)).toEqual(['responder']);
  expect(await reader.allowed({ verb: 'create', group: '', resource: 'nodes' }, {}, signal)).toBe(false);
});

describe('a refused identity', () => {
  test('is named with its path, and with the access entry that it needs', async () => {
    scene.authenticator.disallow(scene.role.arn);
    const error = await failure(clustersWith());
    expect(error.code).toBe('not-authenticated');
    expect(error.message).toContain(`does not know the AWS identity ${scene.role.arn}`);
    expect(error.next).toContain(
      `aws eks create-access-entry --cluster-name prod --region eu-west-1 --principal-arn ${scene.role.arn} --kubernetes-groups <group>`,
    );
  });

  test('is named as a role and not as its session, where the chain gave it', async () => {
    const session = scene.aws.account.startSession(scene.role, 'pod-1', 900);
    scene.environment['AWS_ACCESS_KEY_ID'] = session.accessKeyId;
    scene.environment['AWS_SECRET_ACCESS_KEY'] = session.secretAccessKey;
    scene.environment['AWS_SESSION_TOKEN'] = session.sessionToken;
    scene.authenticator.disallow(scene.role.arn);
    const error = await failure(clustersWith({ roleArn: undefined, externalId: undefined }));
    expect(error.next).toContain('--principal-arn arn:aws:iam::111122223333:role/responder ');
    // A session's name does not hold the path of its role, which an access entry wants.
    expect(error.next).toContain('`aws iam get-role --role-name responder --query Role.Arn`');
    expect(error.sentence).not.toContain('pod-1');
  });

  test('is told of the ConfigMap where the cluster takes no access entries', async () => {
    scene.authenticator.disallow(scene.role.arn);
    scene.describeAs({ authenticationMode: 'CONFIG_MAP' });
    expect((await failure(clustersWith())).next).toMatch(
      /aws-auth ConfigMap alone.*update-cluster-config --name prod --region eu-west-1 --access-config authenticationMode=API_AND_CONFIG_MAP/,
    );
  });

  test('still gets its sentence where AWS itself does not answer', async () => {
    const clusters = clustersWith();
    scene.authenticator.disallow(scene.role.arn);
    scene.aws.faults.add('sts:GetCallerIdentity', { kind: 'server error' });
    expect((await failure(clusters)).next).toContain(`--principal-arn ${scene.role.arn}`);
  });
});

test.each([
  [20, 'behind'],
  [-20, 'ahead of'],
])('a clock that is off by %i minutes is named, with how much', async (minutes, where) => {
  awsAheadMs = minutes * 60_000;
  // The API server refuses a token from the past by itself; STS refuses one from the future.
  const error = await failure(clustersWith());
  expect(error.code).toBe('not-authenticated');
  expect(error.message).toContain(`the clock of this machine is 20 minutes ${where} AWS's`);
  expect(error.next).toMatch(/NTP/);
});

describe('an endpoint that can not be reached', () => {
  const gone = async (): Promise<void> => cluster.close();

  test('is called private when it is, with the ways that lead to it', async () => {
    scene.describeAs({ publicAccess: false, privateAccess: true });
    await gone();
    const error = await failure(clustersWith());
    expect(error.code).toBe('cluster-unreachable');
    expect(error.message).toMatch(
      /Nothing accepts connections.*endpointPublicAccess false, endpointPrivateAccess true.*from its VPC alone/,
    );
    expect(error.next).toMatch(
      /in that VPC or in one connected to it \(VPN, peering.*proxyUrl to an HTTP or SOCKS5 proxy there, such as a bastion's.*server to a tunnel to 127\.0\.0\.1:\d+, such as SSM port forwarding, with tlsServerName 127\.0\.0\.1\..*docs\/private-clusters\.md.*security group.*443/,
    );
  });

  test('is called private too when the connection is reset on the way', async () => {
    await using server = await startResettingServer();
    scene.describeAs({ endpoint: `https://${server.host}`, publicAccess: false, privateAccess: true });
    expect((await failure(clustersWith())).message).toContain('reached from its VPC alone');
  });

  test('is not called private when it is the proxy of the configuration that does not answer', async () => {
    scene.describeAs({ publicAccess: false, privateAccess: true });
    await gone();
    const error = await failure(clustersWith({ proxyUrl: `http://${new URL(cluster.url).host}` }));
    expect(error.code).toBe('cluster-unreachable');
    expect(error.sentence).not.toMatch(/set proxyUrl|endpointPublicAccess/);
  });

  test('is told with the addresses that it takes connections from', async () => {
    scene.describeAs({ publicAccessCidrs: ['192.0.2.0/24', '198.51.100.7/32'], privateAccess: true });
    await gone();
    const error = await failure(clustersWith());
    expect(error.message).toContain('publicAccessCidrs 192.0.2.0/24, 198.51.100.7/32, and from its VPC');
  });

  test('gets the general sentence when it is open to all', async () => {
    await gone();
    const error = await failure(clustersWith());
    expect(error.sentence).toMatch(/Nothing accepts connections.*Check the address and port/);
    expect(error.sentence).not.toMatch(/endpointP|Cidrs/);
  });
});

/** Of the private addresses of a VPC, a machine outside knows none. */
const PRIVATE = 'https://kubernetes.default.svc';

test.each([
  ['an HTTP proxy', startConnectProxy],
  ['a SOCKS5 proxy', startSocksProxy],
])('a private endpoint is reached through %s, which alone knows its address', async (_way, startProxy) => {
  const routes = { 'kubernetes.default.svc:443': Number(new URL(cluster.url).port) };
  await using proxy = await startProxy({ routes, user: 'firebreak', password: 'of-the-bastion' });
  scene.describeAs({ endpoint: PRIVATE, publicAccess: false, privateAccess: true });
  const reader = await clustersWith({ proxyUrl: proxy.url }).reader('prod-cluster', signal);
  expect((await reader.list(PODS, {}, signal)).length).toBeGreaterThan(0);
  expect(proxy.tunnels.map(({ target, outcome }) => `${target} ${outcome}`)).toEqual([
    'kubernetes.default.svc:443 opened',
  ]);
});

test('a private endpoint is reached through a forwarded port with the name that its certificate holds', async () => {
  scene.describeAs({ endpoint: PRIVATE, publicAccess: false, privateAccess: true });
  const { port } = new URL(cluster.url);
  const keys = { server: `https://127.0.0.1:${port}`, tlsServerName: 'kubernetes.default.svc' };
  const reader = await clustersWith(keys).reader('prod-cluster', signal);
  expect((await reader.list(PODS, {}, signal)).length).toBeGreaterThan(0);
});

test("a tunnel to the endpoint is used with the certificate of EKS's own name", async () => {
  const port = new URL(cluster.url).port;
  scene.describeAs({ endpoint: PRIVATE });
  const reader = await clustersWith({ server: `https://127.0.0.1:${port}` }).reader('prod-cluster', signal);
  expect((await reader.list(PODS, {}, signal)).length).toBeGreaterThan(0);
  scene.describeAs({ endpoint: 'https://another-name.eks.amazonaws.com' });
  // What EKS said is asked for again after five minutes.
  scene.clock.movedMs += 5 * 60_000;
  awsAheadMs += 5 * 60_000;
  expect((await failure(clustersWith({ server: `https://127.0.0.1:${port}` }))).code).toBe(
    'cluster-untrusted',
  );
});

test('nothing of the AWS SDK is loaded before the first EKS cluster is used', async () => {
  const script = `
    import { registerHooks } from 'node:module';
    const loaded = [];
    registerHooks({ load: (url, context, next) => { loaded.push(url); return next(url, context); } });
    const sdk = () => loaded.filter((url) => /node_modules.(@aws-sdk|@smithy|@aws-crypto)/.test(url)).length;
    const { clouds } = await import(${JSON.stringify(new URL('../../src/clouds/index.ts', import.meta.url).href)});
    const eks = clouds.find((cloud) => cloud.provider === 'eks');
    const options = eks.access.readOptions({ region: 'eu-west-1', name: 'prod' });
    const before = sdk();
    const context = { cluster: 'c', identity: 'read', home: '/nonexistent', baseDir: '/', environment: { AWS_EC2_METADATA_DISABLED: 'true' }, clock: { now: () => new Date() } };
    const code = await eks.access.connect(options, context, new AbortController().signal).catch((error) => error.code);
    console.log(JSON.stringify({ before, code, after: sdk() > 0 }));
  `;
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', script], {
    cwd: fileURLToPath(new URL('../..', import.meta.url)),
  });
  expect(JSON.parse(stdout)).toEqual({ before: 0, code: 'cluster-credentials', after: true });
});
