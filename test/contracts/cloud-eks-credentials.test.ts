import { mkdir, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { inspect } from 'node:util';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { IssuedKey } from '../../sandbox/aws/account/aws-account.ts';
import { startInternet } from '../../sandbox/internet/start-internet.ts';
import { trustAlso } from '../../sandbox/internet/trust-also.ts';
import { type AwsCredentials, awsCredentials } from '../../src/clouds/aws/aws-credentials.ts';
import { awsRoleCredentials } from '../../src/clouds/aws/aws-role-credentials.ts';
import { FirebreakError } from '../../src/core/firebreak-error.ts';
import { type EksScene, REGION, startEksScene } from './eks-scene.ts';

const SUBJECT = 'system:serviceaccount:firebreak:firebreak';

let scene: EksScene;
beforeEach(async () => {
  scene = await startEksScene();
  for (const name of Object.keys(scene.environment)) delete scene.environment[name];
});
afterEach(() => scene.close());

const chain = (more: { readonly profile?: string } = {}): AwsCredentials =>
  awsCredentials({ ...scene.context, region: REGION, ...more });

/** Files below the home folder, by their path. */
const files = async (contents: Readonly<Record<string, string>>): Promise<void> => {
  for (const [path, text] of Object.entries(contents)) {
    const full = join(scene.context.home, path);
    await mkdir(dirname(full), { recursive: true });
    await writeFile(full, text);
  }
};
const keysOf = ({ accessKeyId, secretAccessKey }: IssuedKey): string =>
  `aws_access_key_id = ${accessKeyId}\naws_secret_access_key = ${secretAccessKey}\n`;
const inEnvironment = (key: IssuedKey): void => {
  scene.environment['AWS_ACCESS_KEY_ID'] = key.accessKeyId;
  scene.environment['AWS_SECRET_ACCESS_KEY'] = key.secretAccessKey;
};
const webIdentity = async (subject = SUBJECT): Promise<string> => {
  const role = scene.aws.account.addRole({ name: 'irsa', serviceAccount: SUBJECT });
  const token = scene.aws.account.issueWebIdentity(subject, 3_600);
  await files({ token });
  scene.environment['AWS_WEB_IDENTITY_TOKEN_FILE'] = join(scene.context.home, 'token');
  scene.environment['AWS_ROLE_ARN'] = role.arn;
  return token;
};
const podIdentity = (): void => {
  const role = scene.aws.account.addRole({ name: 'pod' });
  scene.environment['AWS_CONTAINER_AUTHORIZATION_TOKEN'] = scene.aws.metadata.setPodRole(role);
  scene.environment['AWS_CONTAINER_CREDENTIALS_FULL_URI'] = scene.aws.podIdentityUrl;
};
const whoIs = async (credentials: AwsCredentials): Promise<string | undefined> =>
  scene.aws.account.key((await credentials.provide()).accessKeyId)?.arn;
const failure = async (credentials: AwsCredentials): Promise<FirebreakError> => {
  const thrown = await credentials.provide().then(
    () => undefined,
    (error: unknown) => error,
  );
  if (!(thrown instanceof FirebreakError)) throw new Error(`no FirebreakError: ${inspect(thrown)}`);
  const shown = `${thrown.sentence} ${thrown.stack} ${inspect(thrown, { depth: 20, showHidden: true })} ${JSON.stringify(thrown)}`;
  for (const secret of scene.aws.account.secrets()) expect(shown).not.toContain(secret);
  return thrown;
};

describe('the chain of AWS credentials', () => {
  test('takes the first source that is configured, and says which it was', async () => {
    const other = scene.aws.account.addUser('in-profile');
    inEnvironment(scene.user);
    await files({ '.aws/credentials': `[default]\n${keysOf(other)}` });
    await webIdentity();
    podIdentity();
    scene.aws.metadata.setInstanceRole(scene.aws.account.addRole({ name: 'node' }));

    const taken: (readonly [string | undefined, string | undefined])[] = [];
    const take = async (): Promise<void> => {
      const credentials = chain();
      taken.push([await whoIs(credentials), credentials.source()]);
    };
    await take();
    delete scene.environment['AWS_ACCESS_KEY_ID'];
    await take();
    await files({ '.aws/credentials': '' });
    await take();
    delete scene.environment['AWS_WEB_IDENTITY_TOKEN_FILE'];
    await take();
    delete scene.environment['AWS_CONTAINER_CREDENTIALS_FULL_URI'];
    await take();
    const account = 'arn:aws:iam::111122223333';
    const session = 'arn:aws:sts::111122223333:assumed-role';
    expect(taken).toEqual([
      [`${account}:user/firebreak`, 'the environment'],
      [`${account}:user/in-profile`, 'the profile default'],
      [`${session}/irsa/firebreak`, `the service account's role ${account}:role/irsa`],
      [`${session}/pod/eks-prod-pod`, 'Pod Identity or the container'],
      [`${session}/node/i-0123456789`, 'the instance profile'],
    ]);
  });

  test('takes no other identity where the configured source fails', async () => {
    podIdentity();
    scene.environment['AWS_CONTAINER_AUTHORIZATION_TOKEN'] = 'stale';
    scene.aws.metadata.setInstanceRole(scene.aws.account.addRole({ name: 'node' }));
    const error = await failure(chain());
    expect(error.code).toBe('cluster-credentials');
    expect(error.sentence).toMatch(/AWS_CONTAINER_CREDENTIALS_FULL_URI.*Pod Identity Agent/);
    expect(scene.aws.calls).not.toContain('metadata:instance');
  });

  test('uses a profile that the configuration names, whatever else there is', async () => {
    inEnvironment(scene.user);
    const named = scene.aws.account.addUser('named');
    await files({ '.aws/credentials': `[incident]\n${keysOf(named)}` });
    expect(await whoIs(chain({ profile: 'incident' }))).toBe(named.arn);
  });

  test('follows a role of a profile through its source profiles, with its external id', async () => {
    const role = scene.aws.account.addRole({
      name: 'deep',
      trusts: [scene.role.arn],
      externalId: 'second',
    });
    await files({
      '.aws/config': `[profile incident]\nrole_arn = ${role.arn}\nexternal_id = second\nsource_profile = middle\n[profile middle]\nrole_arn = ${scene.role.arn}\nexternal_id = firebreak-4711\nsource_profile = base\n`,
      '.aws/credentials': `[base]\n${keysOf(scene.user)}`,
    });
    scene.environment['AWS_PROFILE'] = 'incident';
    const credentials = chain();
    expect(await whoIs(credentials)).toBe('arn:aws:sts::111122223333:assumed-role/deep/firebreak');
    expect(credentials.source()).toBe('the profile incident (role)');
  });

  test('follows the web identity of a profile', async () => {
    await webIdentity();
    await files({
      '.aws/config': `[default]\nrole_arn = ${scene.environment['AWS_ROLE_ARN']}\nweb_identity_token_file = ${scene.environment['AWS_WEB_IDENTITY_TOKEN_FILE']}\n`,
    });
    const credentials = chain();
    expect(await whoIs(credentials)).toBe('arn:aws:sts::111122223333:assumed-role/irsa/firebreak');
    expect(credentials.source()).toBe('the profile default (web identity)');
  });

  test('goes on where a profile holds settings alone', async () => {
    await files({ '.aws/config': '[default]\nregion = eu-west-1\n' });
    await webIdentity();
    expect(await whoIs(chain())).toBe('arn:aws:sts::111122223333:assumed-role/irsa/firebreak');
  });

  test.each([
    ['the profile that is used', '[default]\ncredential_process = /bin/touch ', 'default'],
    [
      'one that also has keys',
      '[default]\naws_access_key_id = AKIA\naws_secret_access_key = x\ncredential_process = /bin/touch ',
      'default',
    ],
    [
      'the profile it takes its credentials from',
      '[default]\nrole_arn = arn:aws:iam::111122223333:role/x\nsource_profile = base\n[profile base]\ncredential_process = /bin/touch ',
      'base',
    ],
    [
      'one further on',
      '[default]\nrole_arn = arn:aws:iam::111122223333:role/x\nsource_profile = a\n[profile a]\nrole_arn = arn:aws:iam::111122223333:role/y\nsource_profile = b\n[profile b]\ncredential_process = /bin/touch ',
      'b',
    ],
  ])('refuses credential_process in %s, and does not start it', async (_where, config, profile) => {
    const trace = join(scene.context.home, 'started');
    await files({ '.aws/config': `${config}${trace}\n` });
    podIdentity();
    const error = await failure(chain());
    expect(error.code).toBe('cluster-credentials');
    expect(error.message).toContain(
      `The AWS profile ${profile} gets its credentials from a program (credential_process)`,
    );
    expect(error.next).toMatch(/source_profile or web identity, SSO/);
    await expect(stat(trace)).rejects.toThrow('ENOENT');
  });

  test.each<[string, string, RegExp]>([
    [
      'asks for an MFA code',
      '[default]\nrole_arn = arn:aws:iam::111122223333:role/x\nsource_profile = default\nmfa_serial = arn:aws:iam::111122223333:mfa/me\n',
      /profile default asks for an MFA code.*asks for no MFA/,
    ],
    [
      'would ask the machine by the SDK',
      '[default]\nrole_arn = arn:aws:iam::111122223333:role/x\ncredential_source = Ec2InstanceMetadata\n',
      /credential_source = Ec2InstanceMetadata.*Set roleArn of the cluster/,
    ],
    [
      'is a login',
      '[default]\nlogin_session = arn:aws:iam::111122223333:user/me\n',
      /profile default is a person's login.*identity of its own/,
    ],
    [
      'leads to a profile that does not exist',
      '[default]\nrole_arn = arn:aws:iam::111122223333:role/x\nsource_profile = gone\n',
      /from the profile gone, which does not exist.*source_profile/,
    ],
    [
      'names an unknown source',
      '[default]\nrole_arn = arn:aws:iam::111122223333:role/x\ncredential_source = Moon\n',
      /profile default gave no credentials.*Check it in/,
    ],
    [
      'needs an SSO session that nobody opened',
      '[default]\nsso_session = work\nsso_account_id = 111122223333\nsso_role_name = responder\n[sso-session work]\nsso_region = eu-west-1\nsso_start_url = https://example.awsapps.com/start\n',
      /SSO session of the AWS profile default has ended.*aws sso login --profile default/,
    ],
  ])('says what to do when the profile %s', async (_when, config, says) => {
    await files({ '.aws/config': config });
    const error = await failure(chain());
    expect(error.code).toBe('cluster-credentials');
    expect(error.sentence).toMatch(says);
  });

  test('says that a profile by name does not exist, and never takes another', async () => {
    podIdentity();
    scene.environment['AWS_PROFILE'] = 'gone';
    expect((await failure(chain())).sentence).toMatch(
      /no AWS profile gone in .*config or .*credentials.*AWS_PROFILE/,
    );
    expect((await failure(chain({ profile: 'away' }))).sentence).toMatch(
      /no AWS profile away.*profile in the configuration/,
    );
  });

  test('says what is wrong with a web identity', async () => {
    await webIdentity('system:serviceaccount:other:other');
    expect((await failure(chain())).sentence).toMatch(
      /may not assume the role .*role\/irsa.*sts:AssumeRoleWithWebIdentity.*`sub`/,
    );
    await files({ token: 'header.of.nobody' });
    expect((await failure(chain())).sentence).toMatch(
      /did not accept the web identity token.*identity provider/,
    );
    const expired = scene.aws.account.issueWebIdentity(SUBJECT, -1);
    await files({ token: expired });
    expect((await failure(chain())).sentence).toMatch(/did not accept the web identity token.*still renewed/);
    scene.environment['AWS_WEB_IDENTITY_TOKEN_FILE'] = '/nowhere/token';
    expect((await failure(chain())).sentence).toMatch(/\/nowhere\/token.*can't be read.*pod mounts it/);
  });

  test('does not wait long for a metadata service that never answers', async () => {
    scene.aws.faults.add('metadata:instance', { kind: 'hang' });
    const error = await failure(chain());
    expect(error.message).toContain('the instance profile (no answer from instance metadata)');
  }, 10_000);

  test('does not ask the metadata service where that is switched off', async () => {
    scene.environment['AWS_EC2_METADATA_DISABLED'] = 'true';
    expect((await failure(chain())).message).toContain('AWS_EC2_METADATA_DISABLED');
    expect(scene.aws.calls).toEqual([]);
  });
});

describe('credentials that were found', () => {
  test('are kept until five minutes before they end, and fetched once for many', async () => {
    await webIdentity();
    const credentials = chain();
    const all = await Promise.all(Array.from({ length: 10 }, () => credentials.provide()));
    expect(new Set(all.map((one) => one.accessKeyId)).size).toBe(1);
    scene.clock.movedMs += 54 * 60_000;
    expect(await credentials.provide()).toBe(all[0]);
    scene.clock.movedMs += 2 * 60_000;
    // Nobody waits for the next ones while these hold.
    await vi.waitFor(async () =>
      expect((await credentials.provide()).accessKeyId).not.toBe(all[0]?.accessKeyId),
    );
    expect(scene.aws.calls).toHaveLength(2);
  });

  test('still serve while their renewal fails, until their last minute', async () => {
    await webIdentity();
    const credentials = chain();
    const first = await credentials.provide();
    scene.aws.faults.add('sts:AssumeRoleWithWebIdentity', { kind: 'server error' });
    scene.clock.movedMs += 56 * 60_000;
    expect(await credentials.provide()).toBe(first);
    scene.clock.movedMs += 3.5 * 60_000;
    await expect(credentials.provide()).rejects.toThrow(/AWS failed at sts:AssumeRoleWithWebIdentity/);
  });

  test('are fetched anew when they were refused', async () => {
    await webIdentity();
    const credentials = chain();
    const first = await credentials.provide();
    credentials.forget();
    expect((await credentials.provide()).accessKeyId).not.toBe(first.accessKeyId);
  });
});

test("AWS's APIs are asked through the proxy of the environment, and Pod Identity directly", async () => {
  await using internet = await startInternet();
  trustAlso(internet.caPem);
  internet.serve('sts.eu-west-1.amazonaws.com', scene.aws.hosts.sts);
  delete process.env['AWS_ENDPOINT_URL_STS'];
  podIdentity();
  scene.environment['HTTPS_PROXY'] = internet.proxyUrl;
  // Plain requests stay on this machine: a proxy would only be one more who reads them.
  scene.environment['HTTP_PROXY'] = internet.proxyUrl;
  const role = scene.aws.account.addRole({ name: 'target', trusts: ['arn:aws:iam::111122223333:role/pod'] });
  const credentials = awsRoleCredentials(
    chain(),
    { arn: role.arn, sessionName: 'firebreak-prod' },
    { clock: scene.clock },
  );
  expect(await whoIs(credentials)).toBe('arn:aws:sts::111122223333:assumed-role/target/firebreak-prod');
  expect(credentials.source()).toBe(`the role ${role.arn}, by Pod Identity or the container`);
  expect(internet.requests).toEqual(['POST sts.eu-west-1.amazonaws.com/']);
});
