import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { RoleInit } from '../../sandbox/aws/account/aws-account.ts';
import type { CloudContext, ClusterAccess, OnBehalfOf } from '../../src/core/cloud.ts';
import { createTestAuthority } from './cloud-certificates.ts';
import { type EksScene, startEksScene } from './eks-scene.ts';

const PEM = createTestAuthority('prod').caPem;
const { signal } = new AbortController();
const TAGS = {
  'firebreak:run': 'FB-2026-0007-1',
  'firebreak:case': 'FB-2026-0007',
  'firebreak:requester': 'U0REQUESTER',
  'firebreak:approvers': 'U0APPROVER U0SECOND',
};

let scene: EksScene;
beforeEach(async () => {
  scene = await startEksScene();
  await scene.pointTo({ server: new URL('https://127.0.0.1:1'), caPem: PEM });
});
afterEach(() => scene.close());

const forRun = (run = 'FB-2026-0007-1'): { readonly identity: 'act'; readonly onBehalfOf: OnBehalfOf } => ({
  identity: 'act',
  onBehalfOf: {
    run,
    case: run.replace(/-\d+$/, ''),
    requester: 'U0REQUESTER',
    approvers: ['U0APPROVER', 'U0SECOND'],
  },
});
const PLANNING = { identity: 'read' } as const;
/** Each connection has a context of its own, as it has in Firebreak. */
const connect = (as: Pick<CloudContext, 'identity' | 'onBehalfOf'>): Promise<ClusterAccess> =>
  scene.cloud.access.connect(scene.options, { ...scene.context, ...as }, signal);
const tokenOf = async (access: ClusterAccess): Promise<string> => (await access.token(signal)) ?? '';
const lets = (allowsToo: NonNullable<RoleInit['allowsToo']>): void =>
  scene.aws.account.changeRole(scene.role.arn, {
    trusts: scene.role.trusts ?? [],
    allowsToo,
  });
const asked = () =>
  scene.aws.trail.map(({ requestParameters: { sourceIdentity, principalTags }, errorCode }) => [
    sourceIdentity === undefined ? '' : 'source identity',
    principalTags === undefined ? '' : 'tags',
    errorCode ?? 'allowed',
  ]);
const inEnvironment = (
  sessionOf: RoleInit,
  carried: Parameters<typeof scene.aws.account.startSession>[3],
): void => {
  const base = scene.aws.account.addRole(sessionOf);
  const key = scene.aws.account.startSession(base, 'pod', 3_600, carried);
  scene.environment['AWS_ACCESS_KEY_ID'] = key.accessKeyId;
  scene.environment['AWS_SECRET_ACCESS_KEY'] = key.secretAccessKey;
  scene.environment['AWS_SESSION_TOKEN'] = key.sessionToken;
  scene.aws.account.changeRole(scene.role.arn, { trusts: [base.arn] });
};

describe('a run with a role', () => {
  test('has a session of its own, which CloudTrail shows with the run and the person', async () => {
    lets(['sts:SetSourceIdentity', 'sts:TagSession']);
    const token = await tokenOf(await connect(forRun()));
    expect(scene.authenticator.userOf(token)).toBe('responder');
    expect(scene.aws.trail).toEqual([
      {
        eventName: 'AssumeRole',
        userIdentity: { arn: scene.user.arn },
        requestParameters: {
          roleArn: scene.role.arn,
          roleSessionName: 'firebreak-FB-2026-0007-1-prod-cluster',
          sourceIdentity: 'U0REQUESTER',
          principalTags: TAGS,
        },
      },
    ]);
  });

  test('shares its session with no other run, and a description with all', async () => {
    const tokens = [
      await tokenOf(await connect(forRun('FB-2026-0007-1'))),
      await tokenOf(await connect(forRun('FB-2026-0007-2'))),
    ];
    expect(new Set(tokens).size).toBe(2);
    expect(scene.aws.calls.filter((call) => call === 'eks:DescribeCluster')).toHaveLength(1);
    const names = scene.aws.trail
      .filter(({ errorCode }) => errorCode === undefined)
      .map(({ requestParameters }) => requestParameters.roleSessionName);
    expect(names).toEqual(['firebreak-FB-2026-0007-1-prod-cluster', 'firebreak-FB-2026-0007-2-prod-cluster']);
    scene.clock.movedMs += 5 * 60_000;
    await connect(forRun('FB-2026-0007-3'));
    expect(scene.aws.calls.filter((call) => call === 'eks:DescribeCluster')).toHaveLength(2);
  });

  test('shares one question to EKS with those that start at the same time', async () => {
    const runs = ['FB-2026-0007-1', 'FB-2026-0007-2', 'FB-2026-0008-1'];
    const tokens = await Promise.all(runs.map(async (run) => tokenOf(await connect(forRun(run)))));
    expect(new Set(tokens).size).toBe(3);
    expect(scene.aws.calls.filter((call) => call === 'eks:DescribeCluster')).toHaveLength(1);
  });

  test('is planned with a session that all who plan share, without marks', async () => {
    lets(['sts:SetSourceIdentity', 'sts:TagSession']);
    const tokens = await Promise.all([1, 2, 3].map(async () => tokenOf(await connect(PLANNING))));
    expect(new Set(tokens).size).toBe(1);
    expect(scene.aws.trail.map(({ requestParameters }) => requestParameters)).toEqual([
      { roleArn: scene.role.arn, roleSessionName: 'firebreak-prod-cluster' },
    ]);
  });

  test('is named in the audit log of the cluster, where the access entry has the user name that EKS gives it', async () => {
    const session = 'arn:aws:sts::111122223333:assumed-role/responder/';
    scene.authenticator.allow(scene.role.arn, `${session}{{SessionName}}`);
    const token = await tokenOf(await connect(forRun()));
    expect(scene.authenticator.userOf(token)).toBe(`${session}firebreak-FB-2026-0007-1-prod-cluster`);
  });

  test('keeps its session when it connects again, and then asks where the cluster is', async () => {
    const context = { ...scene.context, ...forRun() };
    const first = await scene.cloud.access.connect(scene.options, context, signal);
    const token = await tokenOf(first);
    await scene.pointTo({ server: new URL('https://127.0.0.1:2'), caPem: PEM });
    const again = await scene.cloud.access.connect(scene.options, context, signal);
    expect(again.server.port).toBe('2');
    expect(await tokenOf(again)).toBe(token);
  });

  test('leaves nothing of its session behind', async () => {
    setFlagsFromString('--expose-gc');
    const collect: unknown = runInNewContext('gc');
    if (typeof collect !== 'function') throw new Error('no garbage collector to call');
    const held = await (async () => {
      const context = { ...scene.context, ...forRun() };
      await tokenOf(await scene.cloud.access.connect(scene.options, context, signal));
      return new WeakRef(context);
    })();
    for (let turn = 0; turn < 10 && held.deref() !== undefined; turn += 1) {
      await new Promise((resolve) => setImmediate(resolve));
      collect();
    }
    expect(held.deref()).toBeUndefined();
  });
});

describe('a trust policy', () => {
  const all = ['source identity', 'tags'] as const;
  test.each([
    [
      'lets neither',
      [],
      [
        [...all, 'AccessDenied'],
        ['source identity', '', 'AccessDenied'],
        ['', '', 'allowed'],
      ],
    ],
    [
      'lets the source identity alone',
      ['sts:SetSourceIdentity'],
      [
        [...all, 'AccessDenied'],
        ['source identity', '', 'allowed'],
      ],
    ],
    [
      'lets the tags alone',
      ['sts:TagSession'],
      [
        [...all, 'AccessDenied'],
        ['', 'tags', 'allowed'],
      ],
    ],
    ['lets both', ['sts:SetSourceIdentity', 'sts:TagSession'], [[...all, 'allowed']]],
  ] as const)(
    'that %s is met, and what it refused is not tried by the next run',
    async (_name, allowsToo, tries) => {
      lets(allowsToo);
      await tokenOf(await connect(forRun('FB-2026-0007-1')));
      expect(asked()).toEqual(tries);
      await tokenOf(await connect(forRun('FB-2026-0007-2')));
      expect(asked()).toEqual([...tries, tries.at(-1)]);
    },
  );

  test('that takes other tags alone is met without marks', async () => {
    scene.aws.account.changeRole(scene.role.arn, { tagKeys: ['team'] });
    lets(['sts:SetSourceIdentity', 'sts:TagSession']);
    await tokenOf(await connect(forRun()));
    expect(asked()).toEqual([
      [...all, 'AccessDenied'],
      ['', '', 'allowed'],
    ]);
  });

  test('that lets more tags than STS packs is met without them', async () => {
    lets(['sts:SetSourceIdentity', 'sts:TagSession']);
    scene.aws.account.packedBytes = 50;
    await tokenOf(await connect(forRun()));
    expect(asked()).toEqual([
      [...all, 'PackedPolicyTooLarge'],
      ['source identity', '', 'allowed'],
    ]);
  });

  test('that was widened counts after an hour', async () => {
    lets([]);
    await tokenOf(await connect(forRun('FB-2026-0007-1')));
    lets(['sts:SetSourceIdentity', 'sts:TagSession']);
    scene.clock.movedMs += 61 * 60_000;
    await tokenOf(await connect(forRun('FB-2026-0007-2')));
    expect(asked().at(-1)).toEqual([...all, 'allowed']);
  });

  test('that refuses the role itself is told so, and nothing is remembered of it', async () => {
    scene.aws.account.changeRole(scene.role.arn, { trusts: [], allowsToo: ['sts:TagSession'] });
    await expect(connect(forRun('FB-2026-0007-1'))).rejects.toMatchObject({
      code: 'cluster-credentials',
      message: expect.stringMatching(/user\/firebreak may not assume the role .*responder\.$/),
    });
    lets(['sts:SetSourceIdentity', 'sts:TagSession']);
    await connect(forRun('FB-2026-0007-2'));
    expect(asked().at(-1)).toEqual([...all, 'allowed']);
  });
});

describe('a session that has a source identity already', () => {
  test('keeps it: Firebreak names the requester in name and tags alone', async () => {
    inEnvironment({ name: 'pod' }, { sourceIdentity: 'platform' });
    scene.aws.account.changeRole(scene.role.arn, {
      trusts: ['arn:aws:iam::111122223333:role/pod'],
      allowsToo: ['sts:SetSourceIdentity', 'sts:TagSession'],
    });
    await tokenOf(await connect(forRun()));
    expect(asked().at(-1)).toEqual(['', 'tags', 'allowed']);
  });

  test('needs the right to pass it on, and the sentence says so', async () => {
    inEnvironment({ name: 'pod' }, { sourceIdentity: 'platform' });
    await expect(connect(forRun())).rejects.toMatchObject({
      code: 'cluster-credentials',
      message: expect.stringContaining('it has a source identity, which goes with it'),
      next: expect.stringMatching(/Allow sts:SetSourceIdentity beside sts:AssumeRole.*trust policy/),
    });
  });
});

test('tags that Pod Identity passes on need a right of their own, and the sentence says so', async () => {
  inEnvironment({ name: 'pod' }, { transitiveTags: { 'kubernetes-namespace': 'firebreak' } });
  await expect(connect(PLANNING)).rejects.toMatchObject({
    message: expect.stringContaining('transitive session tags, as those of Pod Identity are'),
    next: expect.stringMatching(/Allow sts:TagSession beside sts:AssumeRole/),
  });
  scene.aws.account.changeRole(scene.role.arn, {
    trusts: ['arn:aws:iam::111122223333:role/pod'],
    allowsToo: ['sts:TagSession'],
  });
  await connect(forRun());
  expect(asked().at(-1)).toEqual(['', 'tags', 'allowed']);
});

test('tags that would make the token longer than a cluster takes are left out, from then on', async () => {
  lets(['sts:SetSourceIdentity', 'sts:TagSession']);
  scene.aws.account.sessionTokenBytesPerTagByte = 20;
  const token = await tokenOf(await connect(forRun('FB-2026-0007-1')));
  expect(scene.authenticator.userOf(token)).toBe('responder');
  await tokenOf(await connect(forRun('FB-2026-0007-2')));
  expect(asked()).toEqual([
    ['source identity', 'tags', 'allowed'],
    ['source identity', '', 'allowed'],
    ['source identity', '', 'allowed'],
  ]);
});
