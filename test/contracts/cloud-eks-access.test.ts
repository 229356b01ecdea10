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
    scene.cloud.connect(scene.cloud.readOptions(options), scene.context, signal);
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

  test('still comes while EKS does not answer, as long as the address is known', async () => {
    await point();
    const access = await connect({ region: REGION, name: CLUSTER });
    const first = await token(access);
    scene.aws.faults.add('eks:DescribeCluster', { kind: 'server error' });
    scene.clock.movedMs += 13.5 * 60_000;
    const next = await token(access);
    expect(next).not.toBe(first);
    expect(scene.authenticator.userOf(next)).toBe('responder');
  });

  test('does not come any more when the cluster is being deleted', async () => {
    await point();
    const access = await connect({ region: REGION, name: CLUSTER });
    await token(access);
    scene.describeAs({ status: 'DELETING' });
    scene.clock.movedMs += 13.5 * 60_000;
    await expect(token(access)).rejects.toThrow(/DELETING/);
  });

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
