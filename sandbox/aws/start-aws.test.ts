import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { z } from 'zod';
import type { IssuedKey } from './account/aws-account.ts';
import { type StandInAws, startAws } from './start-aws.ts';

const run = promisify(execFile);
const ownVariables = Object.fromEntries(
  Object.entries(process.env).filter(([name]) => !name.startsWith('AWS_')),
);

/** Why the AWS CLI can't judge; undefined where it can. */
const noCli = await run('aws', ['--version']).then(
  () => undefined,
  () => 'The AWS CLI is not installed here, so it does not judge the stand-in.',
);
if (noCli !== undefined) console.warn(noCli);

let aws: StandInAws;
let user: IssuedKey;
let movedMs: number;
beforeEach(async () => {
  movedMs = 0;
  aws = await startAws({ clock: { now: () => new Date(Date.now() + movedMs) } });
  user = aws.account.addUser('someone');
});
afterEach(() => aws.close());

/** What the CLI makes of the answer: its JSON, or the words that it ends with. */
const cli = async (args: readonly string[], key: IssuedKey = user): Promise<unknown> => {
  try {
    const { stdout } = await run('aws', [...args, '--region', 'eu-west-1', '--output', 'json'], {
      env: {
        ...ownVariables,
        ...aws.endpoints,
        AWS_CONFIG_FILE: '/nonexistent',
        AWS_SHARED_CREDENTIALS_FILE: '/nonexistent',
        AWS_MAX_ATTEMPTS: '1',
        AWS_ACCESS_KEY_ID: key.accessKeyId,
        AWS_SECRET_ACCESS_KEY: key.secretAccessKey,
        ...(key.sessionToken === undefined ? {} : { AWS_SESSION_TOKEN: key.sessionToken }),
      },
    });
    return JSON.parse(stdout);
  } catch (error) {
    return error instanceof Error && 'stderr' in error ? String(error.stderr).trim() : String(error);
  }
};

const assumedSchema = z.object({
  Credentials: z.object({ AccessKeyId: z.string(), Expiration: z.string() }),
  AssumedRoleUser: z.object({ Arn: z.string() }),
});

describe.skipIf(noCli !== undefined)('the stand-in AWS, as the AWS CLI sees it', () => {
  test('knows who signed, and refuses who did not', async () => {
    expect(await cli(['sts', 'get-caller-identity'])).toEqual({
      UserId: user.userId,
      Account: '111122223333',
      Arn: user.arn,
    });
    const other = aws.account.addUser('other');
    expect(
      await cli(['sts', 'get-caller-identity'], { ...user, secretAccessKey: other.secretAccessKey }),
    ).toContain('(SignatureDoesNotMatch)');
    expect(await cli(['sts', 'get-caller-identity'], { ...user, accessKeyId: 'AKIA0' })).toContain(
      '(InvalidClientTokenId)',
    );
  });

  test('gives a role to whom its trust policy names, with the external id alone', async () => {
    const role = aws.account.addRole({ name: 'r', trusts: [user.arn], externalId: 'right' });
    const assume = (...more: readonly string[]) =>
      cli(['sts', 'assume-role', '--role-arn', role.arn, '--role-session-name', 'case', ...more]);
    expect(await assume()).toContain('(AccessDenied)');
    expect(await assume('--external-id', 'wrong')).toContain('(AccessDenied)');
    const assumed = assumedSchema.parse(await assume('--external-id', 'right'));
    expect(assumed.AssumedRoleUser.Arn).toBe('arn:aws:sts::111122223333:assumed-role/r/case');
    const session = aws.account.key(assumed.Credentials.AccessKeyId);
    if (session === undefined) throw new Error('the account does not know its session');
    expect(await cli(['sts', 'get-caller-identity'], session)).toMatchObject({ Arn: session.arn });
    aws.account.revokeSessions();
    expect(await cli(['sts', 'get-caller-identity'], session)).toContain('(InvalidClientTokenId)');
  });

  test('asks a trust policy for a source identity and for tags each by itself, and remembers what was asked', async () => {
    const role = aws.account.addRole({ name: 'r', trusts: [user.arn] });
    const assume = (...more: readonly string[]) =>
      cli(['sts', 'assume-role', '--role-arn', role.arn, '--role-session-name', 'case', ...more]);
    const tags = ['--tags', 'Key=run,Value=FB 1', 'Key=who,Value=U1', '--transitive-tag-keys', 'who'];
    const named = ['--source-identity', 'U1'];
    expect(await assume(...named)).toContain(
      `User: ${user.arn} is not authorized to perform: sts:SetSourceIdentity on resource: ${role.arn}`,
    );
    expect(await assume(...tags)).toContain('is not authorized to perform: sts:TagSession');
    aws.account.changeRole(role.arn, {
      trusts: [user.arn, role.arn],
      allowsToo: ['sts:TagSession', 'sts:SetSourceIdentity'],
    });
    expect(await assume('--source-identity', 'not a name')).toContain('(ValidationError)');
    const answer = await assume(...named, ...tags);
    expect(answer).toMatchObject({ SourceIdentity: 'U1' });
    expect(aws.trail.map(({ errorCode }) => errorCode)).toEqual(['AccessDenied', 'AccessDenied', undefined]);
    expect(aws.trail.at(-1)).toMatchObject({
      userIdentity: { arn: user.arn },
      requestParameters: { sourceIdentity: 'U1', principalTags: { run: 'FB 1', who: 'U1' } },
    });

    const session = aws.account.key(assumedSchema.parse(answer).Credentials.AccessKeyId);
    if (session === undefined) throw new Error('the account does not know its session');
    const chain = (...more: readonly string[]) =>
      cli(['sts', 'assume-role', '--role-arn', role.arn, '--role-session-name', 'next', ...more], session);
    expect(await chain()).toMatchObject({ SourceIdentity: 'U1' });
    expect(await chain('--source-identity', 'U2')).toContain('sts:SetSourceIdentity');
    expect(await chain('--tags', 'Key=who,Value=U2')).toContain('(InvalidParameterValue)');
    aws.account.changeRole(role.arn, { trusts: [role.arn], allowsToo: ['sts:SetSourceIdentity'] });
    expect(await chain()).toContain('sts:TagSession');
  });

  test('describes a cluster in its region, and says what keeps it from it', async () => {
    const describeCluster = () => cli(['eks', 'describe-cluster', '--name', 'prod']);
    expect(await describeCluster()).toContain('(ResourceNotFoundException)');
    aws.eks.put({
      name: 'prod',
      region: 'eu-west-1',
      status: 'ACTIVE',
      endpoint: 'https://prod.example',
      caPem: 'pem',
    });
    expect(await describeCluster()).toMatchObject({
      cluster: { status: 'ACTIVE', endpoint: 'https://prod.example', certificateAuthority: { data: 'cGVt' } },
    });
    aws.eks.forbid(user.arn);
    expect(await describeCluster()).toContain('not authorized to perform: eks:DescribeCluster');
    aws.faults.add('eks:DescribeCluster', { kind: 'throttle' }, 1);
    expect(await describeCluster()).toContain('(TooManyRequestsException)');
  });

  test('refuses a clock that is off', async () => {
    movedMs = 6 * 60_000;
    expect(await cli(['sts', 'get-caller-identity'])).toContain('(SignatureDoesNotMatch)');
    expect(await cli(['eks', 'describe-cluster', '--name', 'prod'])).toContain('(InvalidSignatureException)');
  });
});
