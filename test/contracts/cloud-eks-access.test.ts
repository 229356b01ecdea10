import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createTestAuthority } from './cloud-certificates.ts';
import { CLUSTER, type EksScene, REGION, startEksScene } from './eks-scene.ts';

const PEM = createTestAuthority('prod').caPem;
const { signal } = new AbortController();

let scene: EksScene;
beforeEach(async () => {
  scene = await startEksScene();
  scene.authenticator.allow(scene.user.arn, 'responder');
});
afterEach(() => scene.close());

describe('a token that an access hands out', () => {
  const connect = (options: object) =>
    scene.cloud.access.connect(scene.cloud.access.readOptions(options), scene.context, signal);
  const token = async (access: Awaited<ReturnType<typeof connect>>): Promise<string> =>
    (await access.token(signal)) ?? '';
  const point = () => scene.pointTo({ server: new URL('https://127.0.0.1:1'), caPem: PEM });

  test('is signed once for fourteen minutes less one, without asking AWS', async () => {
    await point();
    const access = await connect({ region: REGION, name: CLUSTER });
    const first = await token(access);
    const asked = scene.aws.calls.length;
    scene.clock.movedMs += 12.9 * 60_000;
    expect(await token(access)).toBe(first);
    expect(scene.aws.calls).toHaveLength(asked);
    scene.clock.movedMs += 0.2 * 60_000;
    expect(await token(access)).not.toBe(first);
  });

  test('is replaced a minute before the session behind it ends', async () => {
    await point();
    const session = scene.aws.account.startSession(scene.role, 'short', 600);
    scene.environment['AWS_ACCESS_KEY_ID'] = session.accessKeyId;
    scene.environment['AWS_SECRET_ACCESS_KEY'] = session.secretAccessKey;
    scene.environment['AWS_SESSION_TOKEN'] = session.sessionToken;
    scene.environment['AWS_CREDENTIAL_EXPIRATION'] = new Date(session.expiresAt).toISOString();
    const access = await connect({ region: REGION, name: CLUSTER });
    const first = await token(access);
    scene.clock.movedMs += 530_000;
    expect(await token(access)).toBe(first);
    scene.clock.movedMs += 15_000;
    expect(await token(access)).not.toBe(first);
  });

  test('names a local cluster on Outposts by its id', async () => {
    await point();
    scene.describeAs({ outpostId: '0b1c2d3e-outpost' });
    const local = scene.aws.authenticator('0b1c2d3e-outpost');
    local.allow(scene.user.arn, 'responder');
    expect(local.userOf(await token(await connect({ region: REGION, name: CLUSTER })))).toBe('responder');
  });

  test('is signed by a session of the role that bears the name of the cluster, cut to what STS takes', async () => {
    await point();
    const context = { ...scene.context, cluster: `shop.${'a-long-name-'.repeat(9)}` };
    const access = await scene.cloud.access.connect(scene.options, context, signal);
    const sessions = scene.aws.account.keys().map(({ arn }) => arn);
    expect(await access.token(signal)).toBeDefined();
    expect(sessions).toContainEqual(
      expect.stringMatching(/assumed-role\/responder\/firebreak-shop\.[a-z-]{49}$/),
    );
  });

  test('comes after a refusal or two for too many requests', async () => {
    await point();
    scene.aws.faults.add('eks:DescribeCluster', { kind: 'throttle' }, 2);
    expect(await token(await connect({ region: REGION, name: CLUSTER }))).toMatch(/^k8s-aws-v1\./);
    expect(scene.aws.calls).toHaveLength(3);
  });

  test('is not waited for by one who gives up while AWS is slow', async () => {
    await point();
    scene.aws.faults.add('eks:DescribeCluster', { kind: 'delay', ms: 300 });
    const leaving = new AbortController();
    const options = { region: REGION, name: CLUSTER };
    const left = scene.cloud.access.connect(options, scene.context, leaving.signal);
    const stayed = connect(options);
    leaving.abort(new Error('left'));
    await expect(left).rejects.toThrow('left');
    expect(scene.authenticator.userOf(await token(await stayed))).toBe('responder');
    expect(scene.aws.calls).toHaveLength(1);
  });

  test('still comes while EKS does not answer, as long as the address is known', async () => {
    await point();
    const access = await connect({ region: REGION, name: CLUSTER });
    const first = await token(access);
    scene.aws.faults.add('eks:DescribeCluster', { kind: 'server error' });
    scene.clock.movedMs += 13.5 * 60_000;
    const next = await token(access);
    expect(next).not.toBe(first);
    expect(scene.authenticator.userOf(next)).toBe('responder');
    // Whoever connects again, after a failure of the API server, is not kept from it either.
    expect((await connect({ region: REGION, name: CLUSTER })).server).toEqual(access.server);
  });

  test.each(['DELETING', 'CREATING'] as const)(
    'does not come any more when EKS says that the cluster is %s',
    async (status) => {
      await point();
      const access = await connect({ region: REGION, name: CLUSTER });
      await token(access);
      scene.describeAs({ status });
      scene.clock.movedMs += 13.5 * 60_000;
      await expect(token(access)).rejects.toThrow(`(${status})`);
    },
  );

  test('never goes to an address that EKS no longer names', async () => {
    await point();
    const access = await connect({ region: REGION, name: CLUSTER });
    await token(access);
    await scene.pointTo({ server: new URL('https://127.0.0.1:2'), caPem: PEM });
    scene.clock.movedMs += 13.5 * 60_000;
    await expect(token(access)).rejects.toMatchObject({ code: 'cluster-unreachable' });
    const next = await connect({ region: REGION, name: CLUSTER });
    expect(next.server.port).toBe('2');
    expect(scene.authenticator.userOf(await token(next))).toBe('responder');
  });

  test('is signed once, and EKS asked once, for many who need one at the same time', async () => {
    await point();
    const accesses = await Promise.all(
      Array.from({ length: 20 }, () => connect({ region: REGION, name: CLUSTER })),
    );
    // Two signatures would then bear two times.
    scene.clock.tickMs = 1_000;
    const tokens = await Promise.all(accesses.map((access) => token(access)));
    expect(new Set(tokens).size).toBe(1);
    expect(scene.aws.calls).toEqual(['eks:DescribeCluster']);
  });
});

test('an access goes by the proxy and the name that the configuration gives', async () => {
  await scene.pointTo({ server: new URL('https://127.0.0.1:1'), caPem: PEM });
  const keys = { tlsServerName: 'prod.example', proxyUrl: 'socks5://127.0.0.1:1080' };
  const options = scene.cloud.access.readOptions({ region: REGION, name: CLUSTER, ...keys });
  const access = await scene.cloud.access.connect(options, scene.context, signal);
  expect(access).toMatchObject({ tlsServerName: 'prod.example', caPem: PEM });
  expect([access.server.href, access.proxyUrl?.href]).toEqual([
    'https://127.0.0.1:1/',
    'socks5://127.0.0.1:1080',
  ]);
});

test.each([
  ['a region of another partition', { region: 'us-iso-east-1' }, /reaches no other partition/],
  ['a region that is none', { region: 'Dublin' }, /such as eu-west-1/],
  ['a name that EKS would not take', { name: 'prod/x' }, /name of an EKS cluster/],
  ['a role that is none', { roleArn: 'responder' }, /ARN of an IAM role/],
  ['an external id without a role', { externalId: 'firebreak-4711' }, /there is none/],
  ['an address without TLS', { server: 'http://127.0.0.1' }, /https URL/],
])('the configuration is refused with %s', (_what, keys, says) => {
  expect(() => scene.cloud.access.readOptions({ region: REGION, name: CLUSTER, ...keys })).toThrow(says);
});
