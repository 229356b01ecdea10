import { mkdir, stat } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { AwsAccount } from '../../sandbox/aws/account/aws-account.ts';
import { serviceAccountFile } from '../../sandbox/google/service-account-file.ts';
import { startInternet } from '../../sandbox/internet/start-internet.ts';
import { type GoogleCredentials, googleCredentials } from '../../src/clouds/google/google-credentials.ts';
import type { Impersonation } from '../../src/clouds/google/google-impersonation.ts';
import { FirebreakError } from '../../src/core/firebreak-error.ts';
import { type GkeScene, RESPONDER, STARTER, startGkeScene } from './gke-scene.ts';

const POOL = 'iam.googleapis.com/projects/123456789012/locations/global/workloadIdentityPools/ci';
const AUDIENCE = `//${POOL}/providers/ci`;
const VARIABLE = 'GOOGLE_APPLICATION_CREDENTIALS';

let scene: GkeScene;
beforeEach(async () => {
  scene = await startGkeScene();
  delete scene.environment[VARIABLE];
});
afterEach(() => scene.close());

const chain = (more: { readonly file?: string; readonly impersonation?: Impersonation } = {}) =>
  googleCredentials({ ...scene.context, ...more });
const whoIs = async (credentials: GoogleCredentials): Promise<string | undefined> =>
  scene.google.authenticator.nameOf((await credentials.provide()).token.text);
/** A file that the environment names. */
const inEnvironment = async (json: unknown): Promise<void> => {
  scene.environment[VARIABLE] = await scene.file('named.json', json);
};
const failure = async (credentials: GoogleCredentials): Promise<FirebreakError> => {
  const thrown = await credentials.provide().then(
    () => undefined,
    (error: unknown) => error,
  );
  if (!(thrown instanceof FirebreakError)) throw new Error(`no FirebreakError: ${inspect(thrown)}`);
  const shown = `${thrown.sentence} ${thrown.stack} ${inspect(thrown, { depth: 20, showHidden: true })} ${JSON.stringify(thrown)}`;
  for (const secret of scene.secrets()) expect(shown).not.toContain(secret);
  return thrown;
};
const key = (): string => serviceAccountFile(scene.google.accounts.addKey(scene.starter));
const login = () => ({
  type: 'authorized_user',
  client_id: 'id.apps.googleusercontent.com',
  client_secret: 'not-a-secret',
  refresh_token: scene.google.accounts.addLogin('pat@example.com'),
});
/** Workload identity federation whose token is in a file; changes come on top. */
const federation = async (credential_source: object, change: object = {}) => ({
  type: 'external_account',
  audience: AUDIENCE,
  subject_token_type: 'urn:ietf:params:oauth:token-type:jwt',
  token_url: 'https://sts.googleapis.com/v1/token',
  credential_source,
  ...change,
});
const trustSubject = (subject = 'repo:shop', lastsMs = 60_000): string => {
  const token = `subject-${crypto.randomUUID()}`;
  scene.google.accounts.addSecret(token);
  scene.google.sts.addProvider({
    audience: AUDIENCE,
    subjects: new Map([[token, { subject, expiresAt: Date.now() + lastsMs }]]),
    condition: ['repo:shop'],
  });
  return token;
};
const impersonationUrl = (email: string) =>
  `https://iamcredentials.googleapis.com/v1/projects/-/serviceAccounts/${email}:generateAccessToken`;
const wellKnown = async (json: unknown): Promise<void> => {
  await mkdir(join(scene.context.home, '.config/gcloud'), { recursive: true });
  await scene.file('.config/gcloud/application_default_credentials.json', json);
};

describe('the chain of Google credentials', () => {
  test('takes the first source that is configured, and says which it was', async () => {
    await inEnvironment(key());
    await wellKnown(login());
    const machine = scene.google.accounts.addServiceAccount('node@tools.iam.gserviceaccount.com');
    scene.google.metadata.setAccount(machine);

    const taken: (readonly [string | undefined, string | undefined, number])[] = [];
    const take = async (more?: { readonly file: string }): Promise<void> => {
      const credentials = chain(more);
      const { source, warnings } = await credentials.provide();
      taken.push([await whoIs(credentials), source.replace(scene.context.home, '~'), warnings.length]);
    };
    const configured = scene.google.accounts.addServiceAccount('configured@tools.iam.gserviceaccount.com');
    await scene.file('configured.json', serviceAccountFile(scene.google.accounts.addKey(configured)));
    await take({ file: '~/configured.json' });
    await take();
    delete scene.environment[VARIABLE];
    await take();
    scene.environment['CLOUDSDK_CONFIG'] = join(scene.context.home, 'empty');
    await take();
    expect(taken).toEqual([
      [configured.email, 'the service account key in ~/configured.json', 1],
      [STARTER, 'the service account key in ~/named.json', 1],
      ['pat@example.com', "a person's login in ~/.config/gcloud/application_default_credentials.json", 1],
      [machine.email, 'the metadata server', 0],
    ]);
  });

  test('takes no other identity where the configured source fails', async () => {
    await inEnvironment(key());
    scene.google.accounts.deleteKeys(STARTER);
    await wellKnown(login());
    expect((await failure(chain())).message).toContain('did not accept the key');
    scene.environment[VARIABLE] = '/nowhere/key.json';
    const missing = await failure(chain());
    expect(missing.sentence).toMatch(
      /\/nowhere\/key\.json \(GOOGLE_APPLICATION_CREDENTIALS\) can't be read/u,
    );
    expect((await failure(chain({ file: 'gone.json' }))).sentence).toMatch(
      /gone\.json \(credentials in the configuration\) can't be read/u,
    );
  });

  test('warns of a key, which lives long, and of a login, which is a person', async () => {
    await inEnvironment(key());
    expect((await chain().provide()).warnings.join()).toMatch(
      /key lives until someone deletes it.*workload identity/u,
    );
    await inEnvironment(login());
    expect((await chain().provide()).warnings.join()).toMatch(/a person's own credentials.*service account/u);
  });

  test.each([
    ['is no JSON', 'private_key: secret', /is not JSON/u],
    ['lacks a key', { type: 'service_account', client_email: STARTER }, /private_key is missing/u],
    [
      'is of another kind',
      { type: 'unknown' },
      /type is missing or not as expected.*service_account, authorized_user/u,
    ],
    [
      'is a login of a workforce',
      { type: 'external_account_authorized_user' },
      /external_account_authorized_user.*person's login/u,
    ],
    [
      'holds a key that is none',
      { type: 'service_account', client_email: STARTER, private_key: 'no PEM' },
      /private_key of .* is not an unencrypted PEM/u,
    ],
    [
      'belongs to another universe',
      { type: 'service_account', client_email: STARTER, private_key: 'x', universe_domain: 'example.goog' },
      /can't be used outside of googleapis\.com/u,
    ],
  ])('says what is wrong with a file that %s', async (_what, json, says) => {
    await inEnvironment(json);
    const error = await failure(chain());
    expect(error.code).toBe('cluster-credentials');
    expect(error.sentence).toMatch(says);
  });

  test('says that a login has ended', async () => {
    await inEnvironment(login());
    scene.google.accounts.endLogins();
    expect((await failure(chain())).sentence).toMatch(
      /login in .*named\.json has ended or was revoked.*gcloud auth application-default login/u,
    );
  });
});

describe('the metadata server', () => {
  beforeEach(() => {
    scene.environment['CLOUDSDK_CONFIG'] = join(scene.context.home, 'empty');
  });

  test('gives the identity of a pod that has no Google account of its own', async () => {
    scene.google.metadata.setPool('tools.svc.id.goog');
    const credentials = chain();
    expect(await whoIs(credentials)).toMatch(
      /^principal:\/\/.*workloadIdentityPools\/tools\.svc\.id\.goog\/subject\/ns\/firebreak\/sa\/firebreak$/u,
    );
    const { source, email } = await credentials.provide();
    expect([source, email]).toEqual(['the workload identity of the pod', undefined]);
  });

  test('is asked directly, whatever the proxy', async () => {
    scene.google.metadata.setAccount(scene.starter);
    scene.environment['HTTP_PROXY'] = 'http://127.0.0.1:1';
    delete scene.environment['NO_PROXY'];
    expect(await whoIs(chain())).toBe(STARTER);
  });

  test('that is none is not taken for one', async () => {
    const other = createServer((_request, response) => response.end('someone@example.com'));
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    scene.environment['GCE_METADATA_HOST'] = `127.0.0.1:${(other.address() as AddressInfo).port}`;
    expect((await failure(chain())).message).toContain('the metadata server (no answer)');
    other.close();
  });

  test('that hangs is not waited for', async () => {
    scene.google.metadata.setAccount(scene.starter);
    scene.google.faults.add('metadata', { kind: 'hang' });
    expect((await failure(chain())).message).toContain('the metadata server (no answer)');
  }, 10_000);

  test('of a machine without a service account is named as that', async () => {
    expect((await failure(chain())).message).toContain('knows no service account of this machine');
  });

  test('of a machine with narrow access scopes gives a token that Google refuses with the scope that lacks', async () => {
    const scopes = ['https://www.googleapis.com/auth/devstorage.read_only'];
    scene.google.metadata.setAccount(scene.starter, scopes);
    const error = await failure(chain({ impersonation: { target: RESPONDER, delegates: [] } }));
    expect(error.sentence).toMatch(/lacks the scope cloud-platform \(the metadata server\).*access scope/u);
  });
});

describe('workload identity federation', () => {
  test('exchanges a token from a file, which is read again each time', async () => {
    const path = await scene.file('token', `${trustSubject()}\n`);
    await inEnvironment(await federation({ file: path }));
    const credentials = chain();
    expect(await whoIs(credentials)).toBe(`principal://${POOL}/subject/repo:shop`);
    expect((await credentials.provide()).source).toContain(`by the file ${path}`);
    await scene.file('token', trustSubject());
    credentials.forget();
    expect(await whoIs(credentials)).toBe(`principal://${POOL}/subject/repo:shop`);
  });

  test('takes the token out of JSON', async () => {
    const file = await scene.file('token', { id_token: trustSubject() });
    const format = { type: 'json', subject_token_field_name: 'id_token' };
    await inEnvironment(await federation({ file, format }));
    expect(await whoIs(chain())).toBe(`principal://${POOL}/subject/repo:shop`);
  });

  test('fetches the token from a URL, with the headers that the file says, by the proxy', async () => {
    const token = trustSubject();
    scene.internet.serve('idp.example.com', (request, _body, response) => {
      const isKnown = request.headers['x-who'] === 'firebreak';
      response.writeHead(isKnown ? 200 : 403, { 'content-type': 'application/json' });
      response.end(isKnown ? JSON.stringify({ value: token }) : '{}');
    });
    const source = {
      url: 'https://idp.example.com/token',
      headers: { 'x-who': 'firebreak' },
      format: { type: 'json', subject_token_field_name: 'value' },
    };
    await inEnvironment(await federation(source));
    expect(await whoIs(chain())).toBe(`principal://${POOL}/subject/repo:shop`);
    expect(scene.internet.requests).toContain('GET idp.example.com/token');
    await inEnvironment(await federation({ ...source, headers: {} }));
    expect((await failure(chain())).sentence).toMatch(/idp\.example\.com gave no token.*HTTP 403/u);
  });

  test("signs with AWS credentials, of Firebreak's own chain", async () => {
    const account = new AwsAccount('111122223333', { now: () => new Date() });
    const user = account.addUser('firebreak');
    scene.google.sts.addProvider({ audience: AUDIENCE, subjects: new Map(), aws: account });
    Object.assign(scene.environment, {
      AWS_ACCESS_KEY_ID: user.accessKeyId,
      AWS_SECRET_ACCESS_KEY: user.secretAccessKey,
      AWS_REGION: 'eu-west-1',
    });
    const json = await federation(
      {
        environment_id: 'aws1',
        regional_cred_verification_url:
          'https://sts.{region}.amazonaws.com?Action=GetCallerIdentity&Version=2011-06-15',
      },
      { subject_token_type: 'urn:ietf:params:aws:token-type:aws4_request' },
    );
    await inEnvironment(json);
    expect(await whoIs(chain())).toBe(`principal://${POOL}/subject/${user.arn}`);
    delete scene.environment['AWS_ACCESS_KEY_ID'];
    scene.environment['AWS_EC2_METADATA_DISABLED'] = 'true';
    expect((await failure(chain())).message).toContain('found no AWS credentials');
  });

  test("asks the machine's own metadata for the region of the AWS credentials", async () => {
    const account = new AwsAccount('111122223333', { now: () => new Date() });
    const user = account.addUser('firebreak');
    scene.google.sts.addProvider({ audience: AUDIENCE, subjects: new Map(), aws: account });
    scene.environment['AWS_ACCESS_KEY_ID'] = user.accessKeyId;
    scene.environment['AWS_SECRET_ACCESS_KEY'] = user.secretAccessKey;
    const machine = createServer((request, response) => {
      const isSession = request.method === 'PUT' && request.url === '/token';
      const isKnown = request.headers['x-aws-ec2-metadata-token'] === 'session';
      response.writeHead(isSession || isKnown ? 200 : 401);
      response.end(isSession ? 'session' : 'eu-central-1b');
    });
    await new Promise<void>((resolve) => machine.listen(0, '127.0.0.1', resolve));
    const address = `http://127.0.0.1:${(machine.address() as AddressInfo).port}`;
    const source = {
      environment_id: 'aws1',
      region_url: `${address}/zone`,
      imdsv2_session_token_url: `${address}/token`,
    };
    const type = { subject_token_type: 'urn:ietf:params:aws:token-type:aws4_request' };
    await inEnvironment(await federation(source, type));
    expect(await whoIs(chain())).toBe(`principal://${POOL}/subject/${user.arn}`);
    await inEnvironment(await federation({ environment_id: 'aws1' }, type));
    expect((await failure(chain())).sentence).toMatch(/names no region.*AWS_REGION/u);
    machine.closeAllConnections();
    machine.close();
  });

  test('impersonates the account that the file names', async () => {
    const change = { service_account_impersonation_url: impersonationUrl(RESPONDER) };
    await inEnvironment(await federation({ file: await scene.file('token', trustSubject()) }, change));
    const refused = await failure(chain());
    expect(refused.message).toMatch(
      /identity from workload identity federation.* lacks the permission iam\.serviceAccounts\.getAccessToken.*responder@/u,
    );
    scene.google.accounts.letImpersonate(`principal://${POOL}/subject/repo:shop`, RESPONDER);
    expect(await whoIs(chain())).toBe(RESPONDER);
  });

  test('refuses a program as the source, and does not start it', async () => {
    const trace = join(scene.context.home, 'started');
    const executable = { command: `/bin/touch ${trace}`, timeout_millis: 5_000 };
    scene.environment['GOOGLE_EXTERNAL_ACCOUNT_ALLOW_EXECUTABLES'] = '1';
    await inEnvironment(await federation({ executable }));
    const error = await failure(chain());
    expect(error.message).toMatch(
      /from a program \(credential_source\.executable\), and Firebreak starts no programs/u,
    );
    expect(error.next).toMatch(/credential_source\.file.*credential_source\.url/u);
    await expect(stat(trace)).rejects.toThrow('ENOENT');
  });

  test.each<[string, object, object, RegExp]>([
    ['a certificate', { certificate: { use_default_certificate_config: true } }, {}, /X\.509 certificate/u],
    ['no source', {}, {}, /name no source of a token/u],
    [
      'a file that is not there',
      { file: '/nowhere/token' },
      {},
      /the file \/nowhere\/token gave no token.*ENOENT/u,
    ],
    [
      'a token_url that is not of Google',
      { file: '/nowhere/token' },
      { token_url: 'https://sts.example.com/v1/token' },
      /sts\.example\.com, which is not Google's/u,
    ],
    [
      'a pool that does not exist',
      { url: 'https://idp.example.com/' },
      { audience: `${AUDIENCE}-gone` },
      /did not accept the token from idp\.example\.com .*invalid_target.*provider exists/u,
    ],
  ])('says what is wrong with %s', async (_what, source, change, says) => {
    const token = trustSubject();
    scene.internet.serve('idp.example.com', (_request, _body, response) => void response.end(token));
    await inEnvironment(await federation(source, change));
    const error = await failure(chain());
    expect(error.code).toBe('cluster-credentials');
    expect(error.sentence).toMatch(says);
  });

  test('says that a token has expired, and that a condition refuses it', async () => {
    const name = async (token: string) =>
      inEnvironment(await federation({ file: await scene.file('token', token) }));
    await name(trustSubject('repo:shop', -1));
    expect((await failure(chain())).sentence).toMatch(
      /did not accept the token.*invalid_grant.*has not expired/u,
    );
    await name(trustSubject('repo:other'));
    expect((await failure(chain())).message).toMatch(/attribute condition .* refuses the token/u);
  });
});

describe('impersonation', () => {
  test('goes through the delegates, each of which the one before may impersonate', async () => {
    await inEnvironment(key());
    const middle = 'middle@tools.iam.gserviceaccount.com';
    const last = 'last@shop-prod.iam.gserviceaccount.com';
    const { accounts } = scene.google;
    for (const email of [middle, last]) accounts.addServiceAccount(email);
    accounts.letImpersonate(middle, last);
    const credentials = chain({ impersonation: { target: last, delegates: [middle] } });
    expect((await failure(credentials)).next).toContain(`each account of delegates (${middle})`);
    accounts.letImpersonate(STARTER, middle);
    expect(await whoIs(credentials)).toBe(last);
    expect((await credentials.provide()).source).toMatch(
      /^last@.*, impersonated by the service account key in /u,
    );
  });

  test('of a file is followed, and the one of the configuration after it', async () => {
    await inEnvironment({
      type: 'impersonated_service_account',
      service_account_impersonation_url: impersonationUrl(RESPONDER),
      delegates: [],
      source_credentials: login(),
    });
    scene.google.accounts.letImpersonate('pat@example.com', RESPONDER);
    expect(await whoIs(chain())).toBe(RESPONDER);
    scene.google.accounts.letImpersonate(RESPONDER, STARTER);
    const credentials = chain({ impersonation: { target: STARTER, delegates: [] } });
    expect(await whoIs(credentials)).toBe(STARTER);
    expect((await credentials.provide()).warnings.join()).toContain('a person');
  });
});

describe('a token that was found', () => {
  test('has the scopes of the cloud and of the e-mail', async () => {
    await inEnvironment(key());
    const { token } = await chain().provide();
    expect(scene.google.accounts.token(token.text)?.scopes).toEqual([
      'https://www.googleapis.com/auth/cloud-platform',
      'https://www.googleapis.com/auth/userinfo.email',
    ]);
  });

  test('is kept until minutes before it ends, and fetched once for many', async () => {
    await inEnvironment(key());
    const credentials = chain();
    const all = await Promise.all(Array.from({ length: 10 }, () => credentials.provide()));
    expect(new Set(all.map(({ token }) => token.text)).size).toBe(1);
    scene.clock.movedMs += 55 * 60_000;
    expect(await credentials.provide()).toBe(all[0]);
    scene.clock.movedMs += 2 * 60_000;
    // Nobody waits for the next one while this one holds.
    await vi.waitFor(async () => expect(await credentials.provide()).not.toBe(all[0]));
    expect(scene.google.calls).toEqual(['oauth2.token', 'oauth2.token']);
  });

  test('ends by its own length, whatever the clock of this machine says', async () => {
    await inEnvironment(key());
    scene.clock.movedMs = 50 * 60_000;
    const credentials = chain({ impersonation: { target: RESPONDER, delegates: [] } });
    const { token } = await credentials.provide();
    const leftMs = token.endsAt.getTime() - scene.clock.now().getTime();
    expect(Math.round(leftMs / 60_000)).toBe(60);
  });

  test('does not come from a server that only says that it is Google', async () => {
    await inEnvironment(key());
    await using other = await startInternet();
    let asked = 0;
    other.serve('oauth2.googleapis.com', (_request, _body, response) => {
      asked += 1;
      response.end('{"access_token":"ya29.forged","expires_in":3599}');
    });
    scene.environment['HTTPS_PROXY'] = other.proxyUrl;
    const error = await failure(chain());
    expect(error.code).toBe('cluster-untrusted');
    expect(error.sentence).toMatch(
      /no certificate that is trusted as Google's \(UNABLE_TO.*NODE_EXTRA_CA_CERTS/u,
    );
    expect(asked).toBe(0);
  });

  test('comes after refusals for a moment, with jitter', async () => {
    await inEnvironment(key());
    scene.google.faults.add('oauth2.token', { kind: 'throttle' }, 2);
    expect(await whoIs(chain())).toBe(STARTER);
    expect(scene.google.calls).toHaveLength(3);
    const [first = 0, second = 0] = scene.clock.slept;
    expect(first).toBeGreaterThanOrEqual(125);
    expect(first).toBeLessThanOrEqual(500);
    expect(second).toBeLessThanOrEqual(1_000);
  });
});
