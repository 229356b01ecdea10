import { generateKeyPairSync } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import type { Internet } from '../internet/internet.ts';
import { startInternet } from '../internet/start-internet.ts';
import type { ServiceAccount } from './account/google-accounts.ts';
import { serviceAccountFile } from './service-account-file.ts';
import { type StandInGoogle, startGoogle } from './start-google.ts';
import { type GoogleTools, googleTools, whyNot } from './testing/google-tools.ts';

const GKE = { project: 'shop-prod', location: 'europe-west1', name: 'prod' } as const;
const WHERE = ['--location=europe-west1', '--project=shop-prod'] as const;
const OTHER = 'responder@shop-prod.iam.gserviceaccount.com';
/** A Python program with many files, on a machine that does other things too. */
const GCLOUD_MS = 60_000;

const [noGcloud, noPlugin] = await Promise.all([whyNot('gcloud'), whyNot('gke-gcloud-auth-plugin')]);
for (const reason of [noGcloud, noPlugin]) if (reason !== undefined) console.warn(reason);

let internet: Internet;
let google: StandInGoogle;
let tools: GoogleTools;
let account: ServiceAccount;
let keyFile: string;
let movedMs: number;
beforeEach(async () => {
  movedMs = 0;
  internet = await startInternet();
  google = await startGoogle({ internet, clock: { now: () => new Date(Date.now() + movedMs) } });
  tools = await googleTools(internet, google.metadataHost);
  account = google.accounts.addServiceAccount('firebreak@tools.iam.gserviceaccount.com');
  keyFile = await tools.file('key.json', serviceAccountFile(google.accounts.addKey(account)));
});
afterEach(async () => {
  await tools[Symbol.asyncDispose]();
  await google[Symbol.asyncDispose]();
  await internet[Symbol.asyncDispose]();
});

const activate = (): Promise<string> =>
  tools.run('gcloud', ['auth', 'activate-service-account', '--key-file', keyFile]);

describe.skipIf(noGcloud !== undefined)(
  'the stand-in Google, as gcloud sees it',
  { timeout: GCLOUD_MS },
  () => {
    test('gives a token for a key, and for another account to whom may impersonate it', async () => {
      await activate();
      expect(google.authenticator.nameOf(await tools.run('gcloud', ['auth', 'print-access-token']))).toBe(
        account.email,
      );
      google.accounts.addServiceAccount(OTHER);
      const asOther = ['auth', 'print-access-token', `--impersonate-service-account=${OTHER}`];
      expect(await tools.run('gcloud', asOther)).toContain('iam.serviceAccounts.getAccessToken');
      google.accounts.letImpersonate(account.email, OTHER);
      // By default gcloud asks for no e-mail, as GKE then knows the account by its number alone.
      const token = google.accounts.token(await tools.run('gcloud', asOther));
      expect(token?.principal).toBe(OTHER);
    });

    test('refuses a key that was deleted, and a clock that is off', async () => {
      movedMs = 3 * 3_600_000;
      expect(await activate()).toContain('Token must be a short-lived token');
      movedMs = 0;
      google.accounts.deleteKeys(account.email);
      expect(await activate()).toContain('Invalid JWT Signature');
    });

    test('describes a cluster, and says what keeps it from it', async () => {
      await activate();
      const describeCluster = () =>
        tools.run('gcloud', ['container', 'clusters', 'describe', 'prod', ...WHERE, '--format=json']);
      expect(await describeCluster()).toContain('Required "container.clusters.get" permission(s)');
      google.container.allow(account.email);
      expect(await describeCluster()).toContain(
        'Not found: projects/shop-prod/locations/europe-west1/clusters/prod',
      );
      google.container.put({ ...GKE, status: 'RUNNING', endpoint: '192.0.2.7', caPem: 'pem' });
      expect(JSON.parse(await describeCluster())).toMatchObject({
        status: 'RUNNING',
        endpoint: '192.0.2.7',
        masterAuth: { clusterCaCertificate: 'cGVt' },
      });
      google.faults.add('container.clusters.get', { kind: 'service disabled' });
      expect(await describeCluster()).toMatch(/disabled/u);
    });

    test('leads gcloud to the DNS endpoint without the CA of the cluster, and only where it is open', async () => {
      await activate();
      google.container.allow(account.email);
      const dnsEndpointConfig = { endpoint: 'gke-1.europe-west1.gke.goog' };
      const put = (more: object) =>
        google.container.put({
          ...{ ...GKE, status: 'RUNNING', endpoint: '192.0.2.7', caPem: 'pem' },
          more: { controlPlaneEndpointsConfig: { ipEndpointsConfig: { enabled: true }, ...more } },
        });
      const kubeconfig = join(tools.folder, 'kubeconfig');
      const getCredentials = (...more: readonly string[]) =>
        tools.run('gcloud', ['container', 'clusters', 'get-credentials', 'prod', ...WHERE, ...more], {
          KUBECONFIG: kubeconfig,
        });
      put({ dnsEndpointConfig });
      expect(await getCredentials('--dns-endpoint')).toContain(
        'dnsEndpointConfig.allowExternalTraffic is disabled',
      );
      const schema = z.object({ clusters: z.array(z.object({ cluster: z.record(z.string(), z.string()) })) });
      const written = async () =>
        schema.parse(parse(await readFile(kubeconfig, 'utf8'))).clusters[0]?.cluster;
      put({ dnsEndpointConfig: { ...dnsEndpointConfig, allowExternalTraffic: true } });
      await getCredentials('--dns-endpoint');
      expect(await written()).toEqual({ server: 'https://gke-1.europe-west1.gke.goog' });
      put({ dnsEndpointConfig: { ...dnsEndpointConfig, allowExternalTraffic: true }, ipEndpointsConfig: {} });
      await getCredentials();
      expect(await written()).toEqual({ server: 'https://gke-1.europe-west1.gke.goog' });
    });
  },
);

describe.skipIf(noPlugin !== undefined)('the stand-in Google, as gke-gcloud-auth-plugin sees it', () => {
  const tokenSchema = z.object({ status: z.object({ token: z.string() }) });
  const plugin = (credentials: string) =>
    tools.run('gke-gcloud-auth-plugin', ['--use_application_default_credentials'], {
      GOOGLE_APPLICATION_CREDENTIALS: credentials,
    });
  const nameIn = (answer: string) =>
    google.authenticator.nameOf(tokenSchema.parse(JSON.parse(answer)).status.token);

  test('gives a token for a key, which the cluster knows by its e-mail', async () => {
    expect(nameIn(await plugin(keyFile))).toBe(account.email);
  });

  test("gives a token for a person's login", async () => {
    const login = {
      type: 'authorized_user',
      client_id: 'id',
      client_secret: 'secret',
      refresh_token: google.accounts.addLogin('pat@example.com'),
    };
    expect(nameIn(await plugin(await tools.file('login.json', JSON.stringify(login))))).toBe(
      'pat@example.com',
    );
  });

  test("exchanges another provider's token, and impersonates with what it gets", async () => {
    const audience =
      '//iam.googleapis.com/projects/123456789012/locations/global/workloadIdentityPools/ci/providers/ci';
    const subjects = new Map([['subject-token', { subject: 'repo:shop', expiresAt: Date.now() + 60_000 }]]);
    google.sts.addProvider({ audience, subjects });
    const federated =
      'principal://iam.googleapis.com/projects/123456789012/locations/global/workloadIdentityPools/ci/subject/repo:shop';
    google.accounts.addServiceAccount(OTHER);
    google.accounts.letImpersonate(federated, OTHER);
    const json = {
      type: 'external_account',
      audience,
      subject_token_type: 'urn:ietf:params:oauth:token-type:jwt',
      token_url: 'https://sts.googleapis.com/v1/token',
      credential_source: { file: await tools.file('token', 'subject-token') },
    };
    expect(nameIn(await plugin(await tools.file('pool.json', JSON.stringify(json))))).toBe(federated);
    const impersonating = {
      ...json,
      service_account_impersonation_url: `https://iamcredentials.googleapis.com/v1/projects/-/serviceAccounts/${OTHER}:generateAccessToken`,
    };
    const file = await tools.file('impersonating.json', JSON.stringify(impersonating));
    expect(nameIn(await plugin(file))).toBe(OTHER);
    subjects.clear();
    expect(await plugin(file)).toContain('invalid_grant');
  });

  test("gives the machine's account by its metadata", async () => {
    google.metadata.setAccount(account);
    const answer = await tools.run('gke-gcloud-auth-plugin', ['--use_application_default_credentials']);
    expect(nameIn(answer)).toBe(account.email);
  });

  test('refuses a key of another, and one that was deleted', async () => {
    const other = generateKeyPairSync('rsa', {
      modulusLength: 2048,
      publicKeyEncoding: { type: 'spki', format: 'pem' },
      privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
    });
    const key = google.accounts.key(account.email) ?? google.accounts.addKey(account);
    const forged = serviceAccountFile({ ...key, privateKeyPem: other.privateKey });
    expect(await plugin(await tools.file('forged.json', forged))).toContain('Invalid JWT Signature');
    google.accounts.deleteKeys(account.email);
    expect(await plugin(keyFile)).toContain('Invalid JWT Signature');
  });
});
