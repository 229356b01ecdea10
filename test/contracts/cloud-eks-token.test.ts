import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { eksToken } from '../../src/clouds/eks/eks-token.ts';
import { CLUSTER, type EksScene, REGION, startEksScene } from './eks-scene.ts';

const run = promisify(execFile);
const HOST = 'sts.eu-west-1.amazonaws.com';

let scene: EksScene;
beforeEach(async () => {
  scene = await startEksScene();
  scene.authenticator.allow(scene.user.arn, 'responder');
});
afterEach(() => scene.close());

const mint = (
  identity: {
    readonly accessKeyId: string;
    readonly secretAccessKey: string;
    readonly sessionToken?: string;
  },
  now: Date,
  clusterId = CLUSTER,
): Promise<string> => eksToken({ identity, region: REGION, host: HOST, clusterId, now });

const urlOf = (token: string): URL =>
  new URL(Buffer.from(token.replace(/^k8s-aws-v1\./, ''), 'base64url').toString('utf8'));
const tokenOf = (url: string): string => `k8s-aws-v1.${Buffer.from(url).toString('base64url')}`;
const whyRefused = (token: string, clusterId = CLUSTER): string => {
  const authenticator = scene.aws.authenticator(clusterId);
  authenticator.allow(scene.user.arn, 'responder');
  const verdict = authenticator.authenticate(token);
  return verdict.kind === 'refused' ? verdict.why : `accepted as ${verdict.user}`;
};

describe('a token for an EKS cluster', () => {
  test('is taken by the authenticator of its cluster, for a user and for the session of a role', async () => {
    expect(scene.authenticator.userOf(await mint(scene.user, scene.clock.now()))).toBe('responder');
    const session = scene.aws.account.startSession(scene.role, 'case', 900);
    expect(scene.authenticator.userOf(await mint(session, scene.clock.now()))).toBe('responder');
  });

  test('holds what both official clients send, and nothing else', async () => {
    const session = scene.aws.account.startSession(scene.role, 'case', 900);
    const token = await mint(session, new Date('2026-11-21T10:20:30Z'));
    expect(token).toMatch(/^k8s-aws-v1\.[\w-]+$/);
    const url = urlOf(token);
    expect(url.origin + url.pathname).toBe(`https://${HOST}/`);
    expect(Object.fromEntries(url.searchParams)).toEqual({
      Action: 'GetCallerIdentity',
      Version: '2011-06-15',
      'X-Amz-Algorithm': 'AWS4-HMAC-SHA256',
      'X-Amz-Credential': `${session.accessKeyId}/20261121/eu-west-1/sts/aws4_request`,
      'X-Amz-Date': '20261121T102030Z',
      'X-Amz-Expires': '60',
      'X-Amz-SignedHeaders': 'host;x-k8s-aws-id',
      'X-Amz-Security-Token': session.sessionToken,
      'X-Amz-Signature': expect.stringMatching(/^[0-9a-f]{64}$/),
    });
  });

  test('is refused for another cluster: STS does not find the signature right', async () => {
    const token = await mint(scene.user, scene.clock.now());
    expect(whyRefused(token, 'staging')).toContain('SignatureDoesNotMatch');
    expect(whyRefused(token, CLUSTER)).toBe('accepted as responder');
  });

  test('is taken for fifteen minutes and not longer', async () => {
    const token = await mint(scene.user, scene.clock.now());
    scene.clock.movedMs += 14.9 * 60_000;
    expect(whyRefused(token)).toBe('accepted as responder');
    scene.clock.movedMs += 0.2 * 60_000;
    expect(whyRefused(token)).toContain('expired (15 minute expiration)');
  });

  test('ends with the session that signed it', async () => {
    const session = scene.aws.account.startSession(scene.role, 'case', 300);
    const token = await mint(session, scene.clock.now());
    expect(scene.authenticator.userOf(token)).toBe('responder');
    scene.clock.movedMs += 301_000;
    expect(scene.authenticator.userOf(token)).toBeUndefined();
    expect(scene.authenticator.refusals.join()).toContain('ExpiredToken');
  });

  test.each([
    [
      'the signature',
      /X-Amz-Signature=[0-9a-f]/,
      (found: string) => found.replace(/.$/, (c) => (c === '0' ? '1' : '0')),
      /SignatureDoesNotMatch/,
    ],
    [
      'the key',
      /AKIA[A-Z2-7]/,
      (found: string) => found.replace(/.$/, (c) => (c === 'A' ? 'B' : 'A')),
      /InvalidClientTokenId/,
    ],
    [
      'the date',
      /X-Amz-Date=\d{8}T\d{5}/,
      (found: string) => found.replace(/.$/, (c) => (c === '0' ? '1' : '0')),
      /SignatureDoesNotMatch/,
    ],
    ['the lifetime', /X-Amz-Expires=60/, () => 'X-Amz-Expires=900', /SignatureDoesNotMatch/],
    ['a lifetime that is too long', /X-Amz-Expires=60/, () => 'X-Amz-Expires=901', /invalid X-Amz-Expires/],
    ['the action', /GetCallerIdentity/, () => 'GetSessionToken', /unexpected action/],
    ['a parameter more', /$/, () => '&X-Amz-User-Agent=x', /non-whitelisted/],
    ['a parameter twice', /$/, () => '&action=GetCallerIdentity', /multiple values/],
    ['the signed headers', /host%3Bx-k8s-aws-id/, () => 'host', /did not sign the x-k8s-aws-id/],
    ['the scheme', /^https/, () => 'http', /unexpected scheme/],
    [
      'the host',
      /sts\.eu-west-1\.amazonaws\.com/,
      () => 'sts.eu-west-1.amazonaws.com.evil.example',
      /unexpected hostname/,
    ],
    ['the path', /com\//, () => 'com/x', /unexpected path/],
  ] as const)('is refused when %s was changed on the way', async (_what, part, change, why) => {
    const url = urlOf(await mint(scene.user, scene.clock.now())).href;
    expect(url).toMatch(part);
    expect(whyRefused(tokenOf(url))).toBe('accepted as responder');
    expect(whyRefused(tokenOf(url.replace(part, change)))).toMatch(why);
  });

  test('is refused with padding, without its prefix, and when it is too long', async () => {
    const token = await mint(scene.user, scene.clock.now());
    expect(whyRefused(`${token}=`)).toContain('illegal base64');
    expect(whyRefused(token.replace('k8s-aws-v1.', ''))).toContain('prefix');
    expect(whyRefused(`${token}${'A'.repeat(4_096)}`)).toContain('too large');
  });
});

/** Why the AWS CLI can't be asked; undefined where it can. */
const noCli = await run('aws', ['--version']).then(
  () => undefined,
  () => 'The AWS CLI is not installed here, so tokens are not compared with its own.',
);
if (noCli !== undefined) console.warn(noCli);

/** The process's own variables without those that lead to a stand-in: the CLI would put its address into the token. */
const cliEnvironment = (): NodeJS.ProcessEnv =>
  Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('AWS_')));

const statusSchema = z.object({ status: z.object({ token: z.string() }) });
const OUTPOST_ID = '0b1c2d3e-4f50-6172-8394-a5b6c7d8e9f0';

test.skipIf(noCli !== undefined).each([
  ["a user's keys", 'user', '--cluster-name', CLUSTER],
  ['a session', 'session', '--cluster-name', CLUSTER],
  ['a local cluster on Outposts', 'user', '--cluster-id', OUTPOST_ID],
] as const)(
  'the token is the one of `aws eks get-token`, field by field and with its signature, for %s',
  async (_what, kind, flag, id) => {
    const identity =
      kind === 'session' ? scene.aws.account.startSession(scene.role, 'case', 900) : scene.user;
    const { stdout } = await run('aws', ['eks', 'get-token', flag, id, '--region', REGION], {
      env: {
        ...cliEnvironment(),
        AWS_CONFIG_FILE: '/nonexistent',
        AWS_SHARED_CREDENTIALS_FILE: '/nonexistent',
        AWS_ACCESS_KEY_ID: identity.accessKeyId,
        AWS_SECRET_ACCESS_KEY: identity.secretAccessKey,
        ...(identity.sessionToken === undefined ? {} : { AWS_SESSION_TOKEN: identity.sessionToken }),
      },
    });
    const { token } = statusSchema.parse(JSON.parse(stdout)).status;
    const authenticator = scene.aws.authenticator(id);
    authenticator.allow(scene.user.arn, 'responder');
    authenticator.allow(scene.role.arn, 'responder');
    expect(authenticator.userOf(token) ?? authenticator.refusals.join()).toBe('responder');
    const theirs = urlOf(token);
    const signedAt = theirs.searchParams.get('X-Amz-Date') ?? '';
    const now = new Date(signedAt.replace(/^(....)(..)(..T..)(..)(..Z)$/, '$1-$2-$3:$4:$5'));
    const fields = (url: URL) => ({
      scheme: url.protocol,
      host: url.host,
      path: url.pathname,
      parameters: Object.fromEntries(url.searchParams),
    });
    expect(fields(urlOf(await mint(identity, now, id)))).toEqual(fields(theirs));
  },
);
