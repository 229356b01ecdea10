import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { inspect, promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { ClusterAccess } from '../../src/core/cloud.ts';
import { FirebreakError } from '../../src/core/firebreak-error.ts';
import { createClusterClient } from '../../src/kubernetes/cluster-client.ts';
import { systemClock } from '../../src/runtime/system-clock.ts';
import { bearerOf, sendJson, sendStatus } from './cloud-api-server.ts';
import { createTestAuthority } from './cloud-certificates.ts';
import { type GkeScene, KEYS, RESPONDER, STARTER, startGkeScene } from './gke-scene.ts';
import { serveGateway } from './serve-gateway.ts';

const { signal } = new AbortController();
const PEM = createTestAuthority('prod').caPem;
const DNS = 'gke-1a2b.europe-west1.gke.goog';

let scene: GkeScene;
beforeEach(async () => {
  scene = await startGkeScene();
  scene.describeAs({ endpoint: '192.0.2.7', caPem: PEM });
});
afterEach(() => scene.close());

const connect = (options: object = {}): Promise<ClusterAccess> =>
  scene.cloud.access.connect(
    scene.cloud.access.readOptions({ ...KEYS, impersonate: RESPONDER, ...options }),
    scene.context,
    signal,
  );
const planes = (controlPlaneEndpointsConfig: object) =>
  scene.describeAs({ more: { controlPlaneEndpointsConfig } });
const open = { endpoint: DNS, allowExternalTraffic: true };
/** A host of the played internet that is asked like a Kubernetes API. */
const serve = (host: string): void =>
  scene.internet.serve(host, (request, _body, response) => {
    if (scene.accepts(bearerOf(request))) sendJson(response, 200, { gitVersion: 'v1.36.2' });
    else sendStatus(response, 401, 'Unauthorized', 'Unauthorized');
  });
const version = async (access: ClusterAccess): Promise<string> => {
  const client = createClusterClient({
    ...{ access, cluster: 'prod-cluster', userAgent: 'firebreak/test', clock: systemClock },
    proxyEnvironment: scene.environment,
  });
  try {
    return await client.version(signal);
  } finally {
    client.close();
  }
};
const problem = async (promise: Promise<unknown>): Promise<FirebreakError> => {
  const thrown = await promise.then(
    () => undefined,
    (error: unknown) => error,
  );
  if (thrown instanceof FirebreakError) return thrown;
  throw new Error(`no FirebreakError: ${inspect(thrown)}`);
};

describe('the way to a GKE cluster', () => {
  test('is the public endpoint with the CA of the cluster where nothing is asked for', async () => {
    const { server, caPem, tlsServerName } = await connect();
    expect([server.href, caPem, tlsServerName]).toEqual(['https://192.0.2.7/', PEM, undefined]);
  });

  test.each([
    ['the older', { privateClusterConfig: { privateEndpoint: '10.0.0.2', publicEndpoint: '192.0.2.8' } }],
    [
      'the newer',
      {
        controlPlaneEndpointsConfig: {
          ipEndpointsConfig: {
            ...{ enabled: true, enablePublicEndpoint: true },
            ...{ privateEndpoint: '10.0.0.2', publicEndpoint: '192.0.2.8' },
          },
        },
      },
    ],
  ])(
    'is the private or the public one as the configuration says, in %s description',
    async (_which, more) => {
      scene.describeAs({ more });
      expect((await connect({ endpoint: 'private' })).server.href).toBe('https://10.0.0.2/');
      const { server, caPem } = await connect({ endpoint: 'public' });
      expect([server.href, caPem]).toEqual(['https://192.0.2.8/', PEM]);
    },
  );

  test.each([
    ['the older', { privateClusterConfig: { enablePrivateEndpoint: true, privateEndpoint: '10.0.0.2' } }],
    [
      'the newer',
      { controlPlaneEndpointsConfig: { ipEndpointsConfig: { enabled: true, privateEndpoint: '10.0.0.2' } } },
    ],
  ])('is the private one by itself where the public one is off, in %s description', async (_which, more) => {
    scene.describeAs({ endpoint: '10.0.0.2', more });
    const { server, caPem } = await connect();
    expect([server.href, caPem]).toEqual(['https://10.0.0.2/', PEM]);
  });

  test('by DNS trusts the public authorities, and not the CA of the cluster', async () => {
    planes({ dnsEndpointConfig: open, ipEndpointsConfig: { enabled: true, enablePublicEndpoint: true } });
    serve(DNS);
    const access = await connect({ endpoint: 'dns' });
    expect([access.server.href, access.caPem]).toEqual([`https://${DNS}/`, undefined]);
    expect(await version(access)).toBe('v1.36.2');
  });

  test('is DNS by itself where the cluster has no IP endpoints', async () => {
    planes({ dnsEndpointConfig: open, ipEndpointsConfig: {} });
    serve(DNS);
    expect(await version(await connect())).toBe('v1.36.2');
  });

  test.each([
    ['europe-west1', 'europe-west1-connectgateway.googleapis.com'],
    ['global', 'connectgateway.googleapis.com'],
  ])('goes through the Connect gateway of a membership in %s', async (location, host) => {
    const membership = `//gkehub.googleapis.com/projects/fleet-host/locations/${location}/memberships/prod`;
    scene.describeAs({ more: { fleet: { membership, project: '123456789012' } } });
    serveGateway(scene, host, new Set(['gkehub.gateway.get']));
    const access = await connect({ endpoint: 'connect-gateway' });
    expect(access.caPem).toBeUndefined();
    expect(await version(access)).toBe('v1.36.2');
    expect(scene.internet.requests.at(-1)).toBe(
      `GET ${host}/v1/projects/123456789012/locations/${location}/gkeMemberships/prod/version`,
    );
  });

  test('behind a tunnel is checked against the name of the endpoint itself', async () => {
    planes({ dnsEndpointConfig: open });
    const server = 'https://127.0.0.1:8443';
    const byDns = await connect({ endpoint: 'dns', server });
    expect([byDns.server.href, byDns.tlsServerName]).toEqual([`${server}/`, DNS]);
    expect((await connect({ server })).tlsServerName).toBe('192.0.2.7');
    const named = await connect({ server, tlsServerName: 'kubernetes', proxyUrl: 'socks5://127.0.0.1:1080' });
    expect([named.tlsServerName, named.proxyUrl?.href]).toEqual(['kubernetes', 'socks5://127.0.0.1:1080']);
  });

  test('is not asked for over http, whatever names the address', async () => {
    scene.environment['CLOUDSDK_API_ENDPOINT_OVERRIDES_CONTAINER'] = 'http://container.example.com';
    await expect(
      scene.cloud.access.connect(scene.cloud.access.readOptions(scene.options), scene.context, signal),
    ).rejects.toMatchObject({
      code: 'config-invalid',
      message: 'Google would be asked unencrypted, at http://container.example.com.',
    });
  });

  test('is asked for at the endpoint of the API that gcloud has a variable for', async () => {
    const host = 'container.p.googleapis.com';
    scene.environment['CLOUDSDK_API_ENDPOINT_OVERRIDES_CONTAINER'] = `https://${host}`;
    scene.internet.serve(host, (_request, _body, response) => {
      const masterAuth = { clusterCaCertificate: Buffer.from(PEM).toString('base64') };
      sendJson(response, 200, { status: 'RUNNING', endpoint: '192.0.2.9', masterAuth });
    });
    expect((await connect()).server.hostname).toBe('192.0.2.9');
  });
});

test('another universe is asked at its own hosts', async () => {
  scene.environment['GOOGLE_CLOUD_UNIVERSE_DOMAIN'] = 'apis.example.goog';
  delete scene.environment['GOOGLE_APPLICATION_CREDENTIALS'];
  scene.google.metadata.setAccount(scene.starter);
  const error = await problem(connect({ impersonate: undefined }));
  expect(error.code).toBe('cluster-unreachable');
  expect(scene.internet.refused).toContain('container.apis.example.goog:443');
});

describe('a token that an access hands out', () => {
  test('is for the account that is impersonated, and fetched once with the description for many', async () => {
    const accesses = await Promise.all(Array.from({ length: 20 }, () => connect()));
    const tokens = await Promise.all(accesses.map((access) => access.token(signal)));
    expect(new Set(tokens).size).toBe(1);
    expect(scene.google.authenticator.nameOf(tokens[0] ?? '')).toBe(RESPONDER);
    expect(scene.google.calls).toEqual(['oauth2.token', 'iam.generateAccessToken', 'container.clusters.get']);
  });

  test('needs no new description for each run, and gets one for whoever connects once more', async () => {
    const ofRun = () => ({ ...scene.context });
    const options = scene.cloud.access.readOptions({ ...KEYS, impersonate: RESPONDER });
    const asked = () => scene.google.calls.filter((call) => call === 'container.clusters.get').length;
    const [first, second] = [ofRun(), ofRun()];
    for (const context of [first, second]) await scene.cloud.access.connect(options, context, signal);
    expect(asked()).toBe(1);
    await scene.cloud.access.connect(options, second, signal);
    expect(asked()).toBe(2);
    scene.clock.movedMs += 6 * 60_000;
    await scene.cloud.access.connect(options, ofRun(), signal);
    expect(asked()).toBe(3);
  });

  test('still comes while GKE does not answer, as long as the address is known', async () => {
    const access = await connect();
    const first = await access.token(signal);
    scene.google.faults.add('container.clusters.get', { kind: 'server error' });
    scene.clock.movedMs += 59.5 * 60_000;
    expect(await access.token(signal)).not.toBe(first);
    // Whoever connects again, after a failure of the API server, is not kept from it either.
    expect((await connect()).server).toEqual(access.server);
  });

  test.each(['STOPPING', 'ERROR'] as const)(
    'does not come any more when GKE says that the cluster is %s',
    async (status) => {
      const access = await connect();
      await access.token(signal);
      scene.describeAs({ status });
      scene.clock.movedMs += 59.5 * 60_000;
      await expect(access.token(signal)).rejects.toThrow(status);
    },
  );

  test.each(['RECONCILING', 'DEGRADED'] as const)('comes while the cluster is %s', async (status) => {
    scene.describeAs({ status });
    expect(await (await connect()).token(signal)).toMatch(/^ya29\./u);
  });

  test('never goes to an address that GKE no longer names', async () => {
    const access = await connect();
    await access.token(signal);
    scene.describeAs({ endpoint: '192.0.2.99' });
    scene.clock.movedMs += 59.5 * 60_000;
    expect((await problem(access.token(signal))).code).toBe('cluster-unreachable');
    const next = await connect();
    expect(next.server.hostname).toBe('192.0.2.99');
    expect(await next.token(signal)).toMatch(/^ya29\./u);
  });

  test('is not waited for by one who gives up while Google is slow', async () => {
    scene.google.faults.add('container.clusters.get', { kind: 'delay', ms: 300 });
    const leaving = new AbortController();
    const options = { ...KEYS, impersonate: RESPONDER };
    const left = scene.cloud.access.connect(options, scene.context, leaving.signal);
    const stayed = connect();
    leaving.abort(new Error('left'));
    await expect(left).rejects.toThrow('left');
    expect(await (await stayed).token(signal)).toMatch(/^ya29\./u);
  });
});

describe('the caller', () => {
  test('is the account, as Google says it, with where the credentials came from and what is wrong with them', async () => {
    const caller = await (await connect({ impersonate: undefined })).caller(signal);
    expect(caller.principal).toBe(STARTER);
    expect(caller.source).toMatch(/^the service account key in .*key\.json$/u);
    expect(caller.warnings.join()).toMatch(/key lives until someone deletes it/u);
    expect((await (await connect()).caller(signal)).principal).toBe(RESPONDER);
  });

  test('is warned of a token by which the cluster knows a number alone', async () => {
    delete scene.environment['GOOGLE_APPLICATION_CREDENTIALS'];
    scene.google.metadata.setAccount(scene.starter, ['https://www.googleapis.com/auth/cloud-platform']);
    const access = await connect({ impersonate: undefined });
    const caller = await access.caller(signal);
    expect(caller.warnings.join()).toMatch(/lacks the scope userinfo\.email.*numeric id/u);
    expect(caller.principal).toBe(STARTER);
    expect(scene.google.authenticator.nameOf((await access.token(signal)) ?? '')).toBe(
      scene.starter.uniqueId,
    );
  });

  test('is told without Google, where it does not answer', async () => {
    const access = await connect();
    await access.token(signal);
    scene.google.faults.add('oauth2.tokeninfo', { kind: 'server error' });
    expect((await access.caller(signal)).principal).toBe(RESPONDER);
  });
});

test.each([
  ['a project that is none', { project: 'Shop' }, /id or number of a Google Cloud project/],
  ['a location that is none', { location: 'Europe' }, /region or zone/],
  ['a name that GKE would not take', { name: 'prod/x' }, /name of a GKE cluster/],
  ['an endpoint that there is not', { endpoint: 'internal' }, /public.*private.*dns.*connect-gateway/],
  ['an account that is none', { impersonate: 'responder' }, /e-mail of a service account/],
  ['delegates without an account', { delegates: [STARTER] }, /there is none/],
  ['an address without TLS', { server: 'http://127.0.0.1' }, /https URL/],
])('the configuration is refused with %s', (_what, keys, says) => {
  expect(() => scene.cloud.access.readOptions({ ...KEYS, ...keys })).toThrow(says);
});

test.each([
  ['europe-west1-b', 'a zone'],
  ['us-central1', 'a region'],
])('the configuration takes %s, %s', (location) => {
  expect(scene.cloud.access.readOptions({ ...KEYS, location, project: '123456789012' })).toBeDefined();
});

test("nothing of Google's library is loaded before the first GKE cluster is used", async () => {
  const script = `
    import { registerHooks } from 'node:module';
    const loaded = [];
    registerHooks({ load: (url, context, next) => { loaded.push(url); return next(url, context); } });
    const library = () => loaded.filter((url) => /node_modules.(google-auth-library|gaxios|gcp-metadata)/.test(url)).length;
    const { clouds } = await import(${JSON.stringify(new URL('../../src/clouds/index.ts', import.meta.url).href)});
    const gke = clouds.find((cloud) => cloud.provider === 'gke');
    const options = gke.access.readOptions({ project: 'shop-prod', location: 'europe-west1', name: 'prod' });
    gke.access.grants(options, { cluster: 'c', identity: 'act' });
    const before = library();
    const context = { cluster: 'c', identity: 'read', home: '/nonexistent', baseDir: '/', environment: { NO_GCE_CHECK: 'true' }, clock: { now: () => new Date() } };
    const code = await gke.access.connect(options, context, new AbortController().signal).catch((error) => error.code);
    console.log(JSON.stringify({ before, code, after: library() > 0 }));
  `;
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', script], {
    cwd: fileURLToPath(new URL('../..', import.meta.url)),
  });
  expect(JSON.parse(stdout)).toEqual({ before: 0, code: 'cluster-credentials', after: true });
});
