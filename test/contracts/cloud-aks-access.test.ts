import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { FirebreakError } from '../../src/core/firebreak-error.ts';
import { type AksScene, startAksScene } from './aks-scene.ts';
import { createTestAuthority } from './cloud-certificates.ts';

const { signal } = new AbortController();

let scene: AksScene;
beforeEach(async () => {
  scene = await startAksScene();
  await scene.pointTo({ server: new URL('https://127.0.0.1:6443'), caPem: createTestAuthority('aks').caPem });
});
afterEach(() => scene.close());

const connect = (more: object = {}) =>
  scene.cloud.access.connect(
    scene.cloud.access.readOptions({ ...scene.keys, ...more }),
    scene.context,
    signal,
  );
const thrownBy = async (promise: Promise<unknown>): Promise<FirebreakError> => {
  const thrown = await promise.catch((error: unknown) => error);
  if (thrown instanceof FirebreakError) return thrown;
  throw new Error('no FirebreakError');
};

describe('the keys of an AKS cluster', () => {
  const read = (more: object) => scene.cloud.access.readOptions({ ...scene.keys, ...more });

  test('refuse command invoke with what it is and when it comes', () => {
    expect(() => read({ access: 'run-command' })).toThrow(
      /command invoke.*a transport of its own and comes later.*this version has api alone/,
    );
    expect(() => read({ access: 'tunnel' })).toThrow(/must be api/);
    expect(read({ access: 'api' })).toEqual(read({}));
  });

  test.each([
    ['subscription', 'my-subscription'],
    ['resourceGroup', 'ends-with-a-dot.'],
    ['resourceGroup', 'a/b'],
    ['name', '-prod'],
    ['name', 'prod/../other'],
    ['clientId', 'firebreak'],
    ['tenantId', 'example.onmicrosoft.com'],
    ['cloud', 'germany'],
    ['endpoint', 'both'],
  ])('refuse %s: %s', (key, value) => {
    expect(() => read({ [key]: value })).toThrow(new RegExp(key));
  });
});

describe('the address of the API server', () => {
  const fqdn = 'prod-dns-1b2c3d4e.hcp.westeurope.azmk8s.io';
  const privateFqdn = 'prod-dns-1b2c3d4e.8c9d.privatelink.westeurope.azmk8s.io';

  test.each([
    ['the public one of a public cluster', { fqdn }, {}, fqdn],
    [
      'the private one of a private cluster',
      { fqdn, privateFqdn, enablePrivateCluster: true },
      {},
      privateFqdn,
    ],
    [
      'the public one of a private cluster, when asked for',
      { fqdn, privateFqdn, enablePrivateCluster: true },
      { endpoint: 'public' },
      fqdn,
    ],
    [
      'the private one of a public cluster, when asked for',
      { fqdn, privateFqdn },
      { endpoint: 'private' },
      privateFqdn,
    ],
  ] as const)('is %s', async (_which, description, keys, host) => {
    scene.describeAs(description);
    expect((await connect(keys)).server.href).toBe(`https://${host}:6443/`);
  });

  test('that the cluster does not have is refused in a sentence', async () => {
    scene.describeAs({ fqdn });
    const error = await thrownBy(connect({ endpoint: 'private' }));
    expect(error.code).toBe('config-invalid');
    expect(error.sentence).toMatch(
      /AKS cluster prod has no private address\. Leave endpoint out, or set it to public\./,
    );
  });
});

test('the program that the kubeconfig of Azure names is not started, and its user is not read', async () => {
  const access = await connect();
  expect(access.clientCertificate).toBeUndefined();
  expect(scene.azure.authenticator.objectIdOf((await access.token(signal)) ?? '')).toBe(scene.app.objectId);
});

test('a cluster whose address is known is still reached while Azure Resource Manager is away', async () => {
  const known = await connect();
  scene.azure.faults.add('managedClusters/read', { kind: 'server error' });
  expect((await connect()).server.href).toBe(known.server.href);
  scene.azure.faults.clear();
  scene.azure.manager.grant(scene.app.objectId, []);
  expect((await thrownBy(connect())).code).toBe('cluster-credentials');
});

test('each run needs no new description, and whoever connects once more gets one', async () => {
  const ofRun = () => ({ ...scene.context });
  const options = scene.cloud.access.readOptions(scene.keys);
  const asked = () => scene.azure.calls.filter((call) => call === 'managedClusters/read').length;
  const [first, second] = [ofRun(), ofRun()];
  for (const context of [first, second]) {
    const access = await scene.cloud.access.connect(options, context, signal);
    expect(await access.token(signal)).toBeDefined();
  }
  expect(asked()).toBe(1);
  await scene.cloud.access.connect(options, second, signal);
  expect(asked()).toBe(2);
  scene.clock.movedMs += 6 * 60_000;
  await scene.cloud.access.connect(options, ofRun(), signal);
  expect(asked()).toBe(3);
});

test('a token of Azure Resource Manager that was revoked is fetched anew, once', async () => {
  await connect();
  scene.azure.tenant.revokeTokens();
  await connect();
  const asked = scene.azure.calls.filter(
    (call) => call === 'entra:token https://management.azure.com/.default',
  );
  expect(asked).toHaveLength(2);
});

test('a way is over when Azure names another one, and no new token goes to it', async () => {
  const access = await connect();
  scene.describeAs({ url: 'https://127.0.0.1:6444' });
  access.forgetToken();
  const error = await thrownBy(access.token(signal));
  expect(error.code).toBe('cluster-unreachable');
  expect(error.retry).toBe('retry can help');
});

test('the grants are two actions for one cluster, and the subject is an object id', () => {
  const { grants, subject } = scene.cloud.access.grants(
    scene.cloud.access.readOptions({ ...scene.keys, clientId: scene.app.clientId }),
    { cluster: 'prod-cluster', identity: 'read' },
  );
  expect(subject).toEqual({ kind: 'User', name: '<object id of the read identity>' });
  const role = z
    .object({
      Name: z.string(),
      Actions: z.array(z.string()),
      DataActions: z.array(z.string()),
      AssignableScopes: z.array(z.string()),
    })
    .parse(JSON.parse(grants.find(({ format }) => format === 'json')?.text ?? ''));
  expect(role.Actions).toEqual([
    'Microsoft.ContainerService/managedClusters/read',
    'Microsoft.ContainerService/managedClusters/listClusterUserCredential/action',
  ]);
  expect(role.DataActions).toEqual([]);
  expect(role.AssignableScopes).toEqual([
    `/subscriptions/${scene.azure.subscription}/resourceGroups/incident`,
  ]);
  const commands = grants.filter(({ format }) => format === 'shell').map(({ text }) => text);
  expect(commands[0]).toBe(`az ad sp show --id '${scene.app.clientId}' --query id --output tsv`);
  expect(commands[1]).toContain(`--role '${role.Name}'`);
  expect(commands[1]).toContain(`managedClusters/prod'`);
});
