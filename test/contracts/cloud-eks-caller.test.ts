import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { CloudCaller } from '../../src/core/cloud.ts';
import { createTestAuthority } from './cloud-certificates.ts';
import { CLUSTER, type EksScene, REGION, startEksScene } from './eks-scene.ts';

const PEM = createTestAuthority('prod').caPem;
const { signal } = new AbortController();
const LONG_LIVED =
  'The access key of the environment does not end by itself, and whoever copies it keeps it. Give Firebreak a role: Pod Identity, IRSA or an instance profile.';

let scene: EksScene;
beforeEach(async () => {
  scene = await startEksScene();
  await scene.pointTo({ server: new URL('https://127.0.0.1:1'), caPem: PEM });
});
afterEach(() => scene.close());

const callerBy = async (options: unknown = scene.options): Promise<CloudCaller> => {
  const access = await scene.cloud.access.connect(options, scene.context, signal);
  return access.caller(signal);
};
const DIRECT = { region: REGION, name: CLUSTER };
const sessionOf = (role: string): void => {
  const key = scene.aws.account.startSession(scene.aws.account.addRole({ name: role }), 'pod', 3_600);
  scene.environment['AWS_ACCESS_KEY_ID'] = key.accessKeyId;
  scene.environment['AWS_SECRET_ACCESS_KEY'] = key.secretAccessKey;
  scene.environment['AWS_SESSION_TOKEN'] = key.sessionToken;
};

describe('the caller of an EKS cluster', () => {
  test('is a role, told with where it came from; keys behind it that never end are warned of', async () => {
    expect(await callerBy()).toEqual({
      source: `the role ${scene.role.arn}, by the environment`,
      principal: 'arn:aws:iam::111122223333:role/responder',
      warnings: [LONG_LIVED],
    });
  });

  test('is a user, told as one', async () => {
    expect(await callerBy(DIRECT)).toEqual({
      source: 'the environment',
      principal: scene.user.arn,
      warnings: [LONG_LIVED],
    });
  });

  test('is not warned of where it is a role by itself', async () => {
    sessionOf('pod-role');
    expect(await callerBy(DIRECT)).toEqual({
      source: 'the environment',
      principal: 'arn:aws:iam::111122223333:role/pod-role',
      warnings: [],
    });
  });

  test('is warned of where it is a person', async () => {
    sessionOf('AWSReservedSSO_Responder_0123456789abcdef');
    expect((await callerBy(DIRECT)).warnings).toEqual([
      "The credentials are a person's, and end with that person's session (the environment). Give Firebreak a role of its own.",
    ]);
  });

  test('is told that the cluster knows it by a ConfigMap alone', async () => {
    sessionOf('pod-role');
    scene.describeAs({ authenticationMode: 'CONFIG_MAP' });
    expect((await callerBy(DIRECT)).warnings).toEqual([
      expect.stringMatching(
        /aws-auth ConfigMap alone \(authenticationMode CONFIG_MAP\).*update-cluster-config --name prod --region eu-west-1 --access-config authenticationMode=API_AND_CONFIG_MAP/,
      ),
    ]);
  });

  test('is told which marks the role did not take when it was assumed for a run', async () => {
    sessionOf('pod-role');
    scene.aws.account.changeRole(scene.role.arn, {
      trusts: ['arn:aws:iam::111122223333:role/pod-role'],
      allowsToo: ['sts:TagSession'],
    });
    expect((await callerBy()).warnings).toEqual([]);
    const onBehalfOf = { run: 'FB-2026-0007-1', case: 'FB-2026-0007', requester: 'U1', approvers: [] };
    const run = await scene.cloud.access.connect(scene.options, { ...scene.context, onBehalfOf }, signal);
    await run.token(signal);
    expect((await callerBy()).warnings).toEqual([
      "CloudTrail says less of a run than it could: the role took no source identity (sts:SetSourceIdentity). Allow it in the role's trust policy and to the identity that assumes it.",
    ]);
  });

  test('is without a name where STS does not say it', async () => {
    scene.aws.faults.add('sts:GetCallerIdentity', { kind: 'server error' });
    expect(await callerBy()).not.toHaveProperty('principal');
  });
});
