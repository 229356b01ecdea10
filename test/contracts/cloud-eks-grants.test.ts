import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import { eks } from '../../src/clouds/eks.ts';
import type { CloudGrants, Identity } from '../../src/core/cloud.ts';

const run = promisify(execFile);
const ROLE = 'arn:aws:iam::444455556666:role/incident/firebreak';
const START = '<ARN of the role or user that Firebreak starts with>';
const PROD = { region: 'eu-west-1', name: 'prod' };

const grants = (options: object, identity: Identity): CloudGrants =>
  eks.access.grants(eks.access.readOptions(options), { cluster: 'prod-cluster', identity });
const texts = (options: object, identity: Identity): readonly unknown[] =>
  grants(options, identity).grants.map(({ format, text }) => (format === 'json' ? JSON.parse(text) : text));
const policy = (...Statement: readonly object[]) => ({ Version: '2012-10-17', Statement });
const describing = (Resource: string) => policy({ Effect: 'Allow', Action: 'eks:DescribeCluster', Resource });
const trusting = (Action: string, Condition?: object) => ({
  ...{ Effect: 'Allow', Principal: { AWS: START }, Action },
  ...(Condition === undefined ? {} : { Condition }),
});

describe('what an EKS cluster asks to be granted', () => {
  test('to act, by a role of another account: the session may say for whom it is', () => {
    expect(texts({ ...PROD, roleArn: ROLE, externalId: 'firebreak-4711' }, 'act')).toEqual([
      describing('arn:aws:eks:eu-west-1:444455556666:cluster/prod'),
      policy(
        trusting('sts:AssumeRole', {
          StringEquals: { 'sts:ExternalId': 'firebreak-4711' },
          StringLike: { 'sts:RoleSessionName': 'firebreak-*' },
        }),
        trusting('sts:SetSourceIdentity'),
        trusting('sts:TagSession'),
      ),
      policy({
        Effect: 'Allow',
        Action: ['sts:AssumeRole', 'sts:SetSourceIdentity', 'sts:TagSession'],
        Resource: ROLE,
      }),
      `aws eks create-access-entry --cluster-name prod --region eu-west-1 --principal-arn '${ROLE}' --kubernetes-groups firebreak-act`,
    ]);
    expect(grants({ ...PROD, roleArn: ROLE }, 'act').subject).toEqual({
      kind: 'Group',
      name: 'firebreak-act',
    });
  });

  test('to plan, by a role: to assume it, and nothing beyond', () => {
    expect(texts({ ...PROD, roleArn: ROLE }, 'read')).toEqual([
      describing('arn:aws:eks:eu-west-1:444455556666:cluster/prod'),
      policy(trusting('sts:AssumeRole', { StringLike: { 'sts:RoleSessionName': 'firebreak-*' } })),
      policy({ Effect: 'Allow', Action: 'sts:AssumeRole', Resource: ROLE }),
      `aws eks create-access-entry --cluster-name prod --region eu-west-1 --principal-arn '${ROLE}' --kubernetes-groups firebreak-read`,
    ]);
  });

  test('without a role: to describe the cluster', () => {
    expect(texts(PROD, 'node')).toEqual([
      describing('arn:aws:eks:eu-west-1:*:cluster/prod'),
      `aws eks create-access-entry --cluster-name prod --region eu-west-1 --principal-arn '${START}' --kubernetes-groups firebreak-node`,
    ]);
  });

  test.each([
    ['us-gov-west-1', 'aws-us-gov'],
    ['cn-north-1', 'aws-cn'],
  ])('in %s: by the ARNs of its partition', (region, partition) => {
    const roleArn = `arn:${partition}:iam::444455556666:role/firebreak`;
    expect(texts({ region, name: 'prod', roleArn }, 'read')[0]).toEqual(
      describing(`arn:${partition}:eks:${region}:444455556666:cluster/prod`),
    );
  });
});

/** Why the AWS CLI can't judge; undefined where it can. */
const noCli = await run('aws', ['--version']).then(
  () => undefined,
  () => 'The AWS CLI is not installed here, so the printed command is not tried.',
);
if (noCli !== undefined) console.warn(noCli);

test.skipIf(noCli !== undefined)(
  'the command of the access entry is one that the AWS CLI takes',
  async () => {
    const command = grants({ ...PROD, roleArn: ROLE }, 'act').grants.at(-1)?.text ?? '';
    // It checks the arguments and sends nothing.
    const { stdout } = await run('sh', ['-c', `${command} --generate-cli-skeleton output`]);
    expect(JSON.parse(stdout)).toHaveProperty('accessEntry');
  },
);
