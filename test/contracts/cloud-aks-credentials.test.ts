import { execFile } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createAppCertificate } from '../../sandbox/azure/entra/app-certificate.ts';
import { appCertificateWarnings } from '../../src/clouds/azure/app-certificate-warnings.ts';
import type { ClusterAccess, Identity } from '../../src/core/cloud.ts';
import { FirebreakError } from '../../src/core/firebreak-error.ts';
import { type AksScene, SERVER_APP, startAksScene } from './aks-scene.ts';
import { createTestAuthority } from './cloud-certificates.ts';

const { signal } = new AbortController();
const ISSUER = 'https://westeurope.oic.prod-aks.azure.com/tools/';
const SUBJECT = 'system:serviceaccount:firebreak:firebreak';
const AUDIENCE = 'api://AzureADTokenExchange';
const SERVER = { server: new URL('https://127.0.0.1:6443'), caPem: createTestAuthority('aks').caPem };

let scene: AksScene;
beforeEach(async () => {
  scene = await startAksScene();
  await scene.pointTo(SERVER);
});
afterEach(() => scene.close());

const connect = (more: object = {}, identity: Identity = 'act'): Promise<ClusterAccess> =>
  scene.cloud.access.connect(
    scene.cloud.access.readOptions({ ...scene.keys, ...more }),
    { ...scene.context, identity },
    signal,
  );
const failure = async (more: object = {}): Promise<FirebreakError> => {
  const thrown = await connect(more).then(
    () => undefined,
    (error: unknown) => error,
  );
  if (!(thrown instanceof FirebreakError)) throw new Error('no FirebreakError');
  for (const secret of scene.azure.tenant.secrets()) expect(thrown.sentence).not.toContain(secret);
  return thrown;
};
const objectId = async (access: ClusterAccess): Promise<string | undefined> =>
  scene.azure.authenticator.objectIdOf((await access.token(signal)) ?? '');
const unset = (...names: readonly string[]): void => {
  for (const name of names) delete scene.environment[name];
};

/** A service account's token as a cluster signs it, in the file that the environment names. */
const mountToken = async (change: object = {}): Promise<void> => {
  const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  const exp = Math.floor(scene.clock.now().getTime() / 1_000) + 3_600;
  const claims = { iss: ISSUER, sub: SUBJECT, aud: [AUDIENCE], exp, ...change };
  const token = `${part({ alg: 'RS256', kid: 'k' })}.${part(claims)}.c2lnbmF0dXJl`;
  scene.azure.tenant.keepSecret(token);
  await writeFile(join(scene.home, 'azure-identity-token'), `${token}\n`);
  scene.environment['AZURE_FEDERATED_TOKEN_FILE'] = join(scene.home, 'azure-identity-token');
  unset('AZURE_CLIENT_SECRET');
};
const federate = (clientId = scene.app.clientId): void =>
  scene.azure.tenant.federate(clientId, { issuer: ISSUER, subject: SUBJECT, audience: AUDIENCE });

const writeCertificate = async (): Promise<{ readonly certPem: string }> => {
  const { certPem, keyPem } = createAppCertificate();
  await writeFile(join(scene.home, 'app.pem'), `${keyPem}${certPem}`);
  scene.environment['AZURE_CLIENT_CERTIFICATE_PATH'] = 'app.pem';
  unset('AZURE_CLIENT_SECRET');
  return { certPem };
};

describe('a client secret', () => {
  test('is used for the app of the environment, and warned of', async () => {
    const access = await connect();
    expect(await objectId(access)).toBe(scene.app.objectId);
    const { source, principal, warnings } = await access.caller(signal);
    expect(source).toBe(`the client secret of the app ${scene.app.clientId}`);
    expect(principal).toBe(`object id ${scene.app.objectId} (app ${scene.app.clientId})`);
    expect(warnings.join()).toMatch(/long-lived.*workload identity/);
  });

  test('is not sent for another app than the one it belongs to', async () => {
    const other = scene.azure.tenant.addApp();
    const { message } = await failure({ clientId: other.clientId });
    expect(message).toContain(`belongs to the app ${scene.app.clientId} (AZURE_CLIENT_ID)`);
    expect(scene.azure.calls).toEqual([]);
  });

  test('asks Entra ID for nothing but the two tokens', async () => {
    await (await connect()).token(signal);
    const { id } = scene.azure.tenant;
    const path = '/providers/Microsoft.ContainerService/managedClusters/prod';
    const arm = `management.azure.com/subscriptions/${scene.azure.subscription}/resourceGroups/incident${path}`;
    expect(scene.internet.requests.toSorted()).toEqual([
      `GET ${arm}`,
      `POST login.microsoftonline.com/${id}/oauth2/v2.0/token`,
      `POST login.microsoftonline.com/${id}/oauth2/v2.0/token`,
      `POST ${arm}/listClusterUserCredential`,
    ]);
    expect(scene.internet.refused).toEqual([]);
  });
});

describe('a client certificate', () => {
  test('is used for the app of the environment, and warned of with its end', async () => {
    const { certPem } = await writeCertificate();
    scene.azure.tenant.addCertificate(scene.app.clientId, certPem);
    const access = await connect();
    expect(await objectId(access)).toBe(scene.app.objectId);
    const { source, warnings } = await access.caller(signal);
    expect(source).toBe(`the client certificate of the app ${scene.app.clientId}`);
    expect(warnings.join()).toMatch(/long-lived \(until \d{4}-\d\d-\d\d\)/);
    const later = new Date(Date.now() + 25 * 86_400_000);
    expect(appCertificateWarnings(certPem, later).join()).toMatch(/ends in [45] days\. Renew it\./);
  });

  test('that the app does not know is refused in a sentence', async () => {
    await writeCertificate();
    expect((await failure()).sentence).toMatch(/did not accept the certificate of the app.*Upload/);
  });

  test.each([
    [
      'no private key',
      'holds no certificate with its private key',
      (pem: string) => pem.replace(/-----BEGIN PRIVATE[\s\S]*?-----END PRIVATE KEY-----/u, ''),
    ],
    [
      'the key of another certificate',
      'does not belong to its certificate',
      (pem: string) => pem.replace(/-----BEGIN CERT[\s\S]*/u, createAppCertificate().certPem),
    ],
    [
      'a key that is not RSA',
      'has no RSA key',
      () => Object.values(createTestAuthority('app').issueClient('app')).join(''),
    ],
  ] as const)('with %s is told with the name of the variable', async (_what, says, change) => {
    await writeCertificate();
    const path = join(scene.home, 'app.pem');
    await writeFile(path, change(await readFile(path, 'utf8')));
    expect((await failure()).message).toMatch(/^The file app\.pem \(AZURE_CLIENT_CERTIFICATE_PATH\) /);
    expect((await failure()).message).toContain(says);
  });

  test('that is not there is told with the name of the variable', async () => {
    await writeCertificate();
    scene.environment['AZURE_CLIENT_CERTIFICATE_PATH'] = 'gone.pem';
    expect((await failure()).message).toMatch(/gone\.pem \(AZURE_CLIENT_CERTIFICATE_PATH\) can't be read/);
  });
});

describe('workload identity', () => {
  test('is used, without a warning', async () => {
    await mountToken();
    federate();
    const access = await connect();
    expect(await objectId(access)).toBe(scene.app.objectId);
    const { source, warnings } = await access.caller(signal);
    expect(source).toBe(`workload identity (app ${scene.app.clientId})`);
    expect(warnings).toEqual([]);
  });

  test('gives each identity an app of its own', async () => {
    await mountToken();
    const reading = scene.azure.tenant.addApp();
    scene.azure.manager.grant(reading.objectId);
    federate();
    federate(reading.clientId);
    const read = await connect({ clientId: reading.clientId }, 'read');
    expect(await objectId(read)).toBe(reading.objectId);
    expect(await objectId(await connect())).toBe(scene.app.objectId);
  });

  test('reads its file anew for each token', async () => {
    await mountToken();
    federate();
    const access = await connect();
    await access.token(signal);
    await mountToken({ sub: 'system:serviceaccount:other:other' });
    access.forgetToken();
    await expect(access.token(signal)).rejects.toThrow('for the subject of');
  });

  test.each([
    ['issuer', { iss: 'https://elsewhere.example/' }, 700211],
    ['audience', { aud: ['api://AKSIdentityBinding'] }, 700212],
    ['subject', { sub: 'system:serviceaccount:other:other' }, 700213],
  ] as const)('that is federated with another %s is told so', async (part, change, code) => {
    await mountToken(change);
    federate();
    const { message, next } = await failure();
    expect(message).toContain(`no federated credential for the ${part} of the pod's token (AADSTS${code})`);
    // The mounted token's own audience is what counts: a cloud's webhook can be set to that cloud's.
    expect(next).toMatch(
      /system:serviceaccount:<namespace>:<service account>.*audience is that of the pod's token: api:\/\/AzureADTokenExchange,.*api:\/\/AzureADTokenExchangeUSGov or api:\/\/AzureADTokenExchangeChina/,
    );
  });

  test('whose token is over is told to look whether the file is the mounted one', async () => {
    await mountToken({ exp: 1 });
    federate();
    expect((await failure()).sentence).toMatch(/federated token for the app .* has expired.*kubelet renews/);
  });

  test('without its file is told which variable names it', async () => {
    await mountToken();
    scene.environment['AZURE_FEDERATED_TOKEN_FILE'] = '/nonexistent/token';
    expect((await failure()).sentence).toMatch(
      /\/nonexistent\/token \(AZURE_FEDERATED_TOKEN_FILE\).*azure\.workload\.identity\/use/,
    );
  });
});

test.each([
  [20, 'behind'],
  [-20, 'ahead of'],
])('a clock that is off by %i minutes is named, with how much', async (minutes, where) => {
  await scene.close();
  scene = await startAksScene({ clock: { now: () => new Date(Date.now() + minutes * 60_000) } });
  const { certPem } = await writeCertificate();
  scene.azure.tenant.addCertificate(scene.app.clientId, certPem);
  const { message, next } = await failure();
  expect(message).toContain(`the clock of this machine is 20 minutes ${where} Entra ID's`);
  expect(next).toMatch(/NTP/);
});

describe('a managed identity', () => {
  const machine = (): void => unset('AZURE_CLIENT_SECRET', 'AZURE_CLIENT_ID', 'AZURE_TENANT_ID');

  test("is the machine's own where nothing else is configured, and loads nothing of Azure's library", async () => {
    machine();
    scene.azure.metadata.assignSystem(scene.app);
    const access = await connect();
    expect(await objectId(access)).toBe(scene.app.objectId);
    const { source, warnings } = await access.caller(signal);
    expect(source).toBe("the machine's managed identity");
    expect(warnings).toEqual([]);
  });

  test('is the user-assigned one that clientId names', async () => {
    machine();
    const assigned = scene.azure.tenant.addApp();
    scene.azure.metadata.assignSystem(scene.app);
    scene.azure.metadata.assignUser(assigned);
    scene.azure.manager.grant(assigned.objectId);
    const access = await connect({ clientId: assigned.clientId });
    expect(await objectId(access)).toBe(assigned.objectId);
    expect((await access.caller(signal)).source).toBe(`the managed identity ${assigned.clientId}`);
  });

  test('that the machine does not have is told so', async () => {
    machine();
    const { clientId } = scene.azure.tenant.addApp();
    expect((await failure({ clientId })).sentence).toMatch(
      /has not the managed identity .*HTTP 400.*Assign it to the virtual machine or scale set/,
    );
  });

  test('is asked for again where the metadata service throttles, and given up after three times', async () => {
    machine();
    scene.azure.metadata.assignSystem(scene.app);
    scene.azure.faults.add('imds:token', { kind: 'throttle' }, 2);
    expect(await objectId(await connect())).toBe(scene.app.objectId);
    const before = scene.azure.calls.length;
    scene.azure.faults.add('imds:token', { kind: 'throttle' });
    expect((await failure({ endpoint: 'public' })).code).toBe('cluster-throttled');
    expect(scene.azure.calls.length - before).toBe(3);
  });
});

test.each([
  ['public', 'login.microsoftonline.com', 'management.azure.com'],
  ['usgov', 'login.microsoftonline.us', 'management.usgovcloudapi.net'],
  ['china', 'login.chinacloudapi.cn', 'management.chinacloudapi.cn'],
] as const)('a cluster of the cloud %s is reached by its own hosts', async (cloud, authority, manager) => {
  await scene.close();
  scene = await startAksScene({ cloud });
  await scene.pointTo(SERVER);
  expect(await objectId(await connect())).toBe(scene.app.objectId);
  const hosts = new Set(scene.internet.requests.map((request) => request.split(/[ /]/)[1] ?? ''));
  expect([...hosts].toSorted()).toEqual([authority, manager].toSorted());
  expect(scene.internet.refused).toEqual([]);
});

test("an older cluster's token is asked for its own server app", async () => {
  await scene.close();
  const serverApp = '11111111-2222-4333-8444-555555555555';
  scene = await startAksScene({ serverApp });
  await scene.pointTo(SERVER);
  scene.describeAs({ entra: { serverApp } });
  expect(await objectId(await connect())).toBe(scene.app.objectId);
  expect(scene.azure.calls).toContain(`entra:token ${serverApp}/.default`);
  expect(scene.azure.calls).not.toContain(`entra:token ${SERVER_APP}/.default`);
});

test("the process's own variables are not read: neither its credentials nor its proxy", async () => {
  const theirs = {
    AZURE_CLIENT_ID: '99999999-9999-4999-8999-999999999999',
    AZURE_CLIENT_SECRET: 'of-somebody-else',
    AZURE_TENANT_ID: '99999999-9999-4999-8999-999999999999',
    AZURE_AUTHORITY_HOST: 'https://login.chinacloudapi.cn',
    HTTPS_PROXY: 'http://127.0.0.1:9',
    NO_PROXY: '*',
  };
  const before = { ...process.env };
  Object.assign(process.env, theirs);
  try {
    expect(await objectId(await connect())).toBe(scene.app.objectId);
  } finally {
    for (const name of Object.keys(theirs)) {
      if (before[name] === undefined) delete process.env[name];
      else process.env[name] = before[name];
    }
  }
});

test("nothing of Azure's library is loaded before the first AKS cluster is used, and no program is started", async () => {
  const script = `
    import { registerHooks } from 'node:module';
    const loaded = [];
    registerHooks({ load: (url, context, next) => { loaded.push(url); return next(url, context); } });
    const library = () => loaded.filter((url) => /node_modules.@azure/.test(url)).length;
    const { clouds } = await import(${JSON.stringify(new URL('../../src/clouds/index.ts', import.meta.url).href)});
    const aks = clouds.find((cloud) => cloud.provider === 'aks');
    const id = '11111111-2222-4333-8444-555555555555';
    const options = aks.access.readOptions({ subscription: id, resourceGroup: 'r', name: 'prod' });
    const before = library();
    const connect = (environment) => aks.access.connect(options, { cluster: 'c' + Object.keys(environment).length, identity: 'read', home: '/nonexistent', baseDir: '/', environment, clock: { now: () => new Date(), sleep: async () => {} } }, new AbortController().signal).catch((error) => error.code);
    const nowhere = 'http://127.0.0.1:9';
    const machine = await connect({ AZURE_POD_IDENTITY_AUTHORITY_HOST: nowhere });
    const between = library();
    const secret = await connect({ AZURE_TENANT_ID: id, AZURE_CLIENT_ID: id, AZURE_CLIENT_SECRET: 's', HTTPS_PROXY: nowhere });
    console.log(JSON.stringify({ before, machine, between, secret, after: library() > 0 }));
  `;
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ['--permission', '--allow-fs-read=*', '--input-type=module', '-e', script],
    { cwd: fileURLToPath(new URL('../..', import.meta.url)) },
  );
  expect(JSON.parse(stdout)).toEqual({
    before: 0,
    machine: 'cluster-credentials',
    between: 0,
    secret: 'cluster-unreachable',
    after: true,
  });
});
