import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ContainerServiceClient, KnownFormat } from '@azure/arm-containerservice';
import {
  ClientCertificateCredential,
  ClientSecretCredential,
  ManagedIdentityCredential,
  type TokenCredential,
  WorkloadIdentityCredential,
} from '@azure/identity';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { createAppCertificate } from '../../sandbox/azure/entra/app-certificate.ts';
import { type AksScene, CLUSTER, RESOURCE_GROUP, SERVER_APP, startAksScene } from './aks-scene.ts';
import { createTestAuthority } from './cloud-certificates.ts';

/** What Azure's own clients make of the stand-in: they, not Firebreak, know how its answers have to look. */
let scene: AksScene;
let proxyOptions: { readonly host: string; readonly port: number };
const SCOPE = `${SERVER_APP}/.default`;

beforeEach(async () => {
  scene = await startAksScene();
  const proxy = new URL(scene.internet.proxyUrl);
  proxyOptions = { host: `http://${proxy.hostname}`, port: Number(proxy.port) };
  await scene.pointTo({ server: new URL('https://127.0.0.1:6443'), caPem: createTestAuthority('aks').caPem });
});
afterEach(() => scene.close());

const once = { retryOptions: { maxRetries: 0 } };
const bySecret = (secret = scene.environment['AZURE_CLIENT_SECRET'] ?? ''): TokenCredential =>
  new ClientSecretCredential(scene.azure.tenant.id, scene.app.clientId, secret, { proxyOptions, ...once });
const expectToken = async (credential: TokenCredential): Promise<void> => {
  const token = await credential.getToken(SCOPE);
  expect(scene.azure.authenticator.objectIdOf(token?.token ?? '')).toBe(scene.app.objectId);
  expect((token?.expiresOnTimestamp ?? 0) - Date.now()).toBeGreaterThan(3_500_000);
};

describe('@azure/identity takes the stand-in for Entra ID', () => {
  test('with a client secret', () => expectToken(bySecret()));

  test('with a client certificate', async () => {
    const { certPem, keyPem } = createAppCertificate();
    scene.azure.tenant.addCertificate(scene.app.clientId, certPem);
    const { id } = scene.azure.tenant;
    await expectToken(
      new ClientCertificateCredential(
        id,
        scene.app.clientId,
        { certificate: `${keyPem}${certPem}` },
        { proxyOptions },
      ),
    );
  });

  test('with workload identity', async () => {
    const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
    const federated = {
      issuer: 'https://issuer.example/',
      subject: 'system:serviceaccount:a:b',
      audience: 'api://AzureADTokenExchange',
    };
    scene.azure.tenant.federate(scene.app.clientId, federated);
    const { issuer: iss, subject: sub, audience: aud } = federated;
    const exp = Math.floor(Date.now() / 1_000) + 600;
    const tokenFilePath = join(scene.home, 'token');
    await writeFile(tokenFilePath, `${part({ alg: 'RS256' })}.${part({ iss, sub, aud, exp })}.c2ln`);
    const { clientId } = scene.app;
    await expectToken(
      new WorkloadIdentityCredential({
        tenantId: scene.azure.tenant.id,
        clientId,
        tokenFilePath,
        proxyOptions,
      }),
    );
  });

  test('with managed identities, of the machine and by name', async () => {
    scene.azure.metadata.assignSystem(scene.app);
    scene.azure.metadata.assignUser(scene.app);
    // It reads this from the process, once.
    process.env['AZURE_POD_IDENTITY_AUTHORITY_HOST'] = scene.azure.metadata.url;
    try {
      await expectToken(new ManagedIdentityCredential());
      await expectToken(new ManagedIdentityCredential({ clientId: scene.app.clientId }));
    } finally {
      delete process.env['AZURE_POD_IDENTITY_AUTHORITY_HOST'];
    }
  });

  test('and reads the code of its refusals', async () => {
    await expect(bySecret('wrong').getToken(SCOPE)).rejects.toThrow(/AADSTS7000215/);
  });

  test('and its discovery, where the authority is none that it knows by heart', async () => {
    const host = 'login.example.com';
    scene.internet.serve(host, (request, _body, response) => {
      const { pathname } = new URL(request.url ?? '/', `https://${host}`);
      const { status, body } = scene.azure.entra.discover(pathname);
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    });
    await expectToken(
      new ClientSecretCredential(
        scene.azure.tenant.id,
        scene.app.clientId,
        scene.environment['AZURE_CLIENT_SECRET'] ?? '',
        { proxyOptions, authorityHost: `https://${host}`, disableInstanceDiscovery: true },
      ),
    );
    expect(scene.internet.requests[0]).toBe(
      `GET ${host}/${scene.azure.tenant.id}/v2.0/.well-known/openid-configuration`,
    );
  });
});

describe('@azure/arm-containerservice takes the stand-in for Azure Resource Manager', () => {
  const client = () =>
    new ContainerServiceClient(bySecret(), scene.azure.subscription, { proxyOptions, ...once })
      .managedClusters;

  test('and reads what it says of a cluster, by the names on the wire', async () => {
    scene.describeAs({
      fqdn: 'prod.hcp.westeurope.azmk8s.io',
      privateFqdn: 'prod.privatelink.westeurope.azmk8s.io',
      enablePrivateCluster: true,
      authorizedIpRanges: ['192.0.2.0/24'],
      entra: { azureRbac: true },
      disableLocalAccounts: true,
    });
    const cluster = await client().get(RESOURCE_GROUP, CLUSTER);
    expect(cluster).toMatchObject({
      name: CLUSTER,
      fqdn: 'prod.hcp.westeurope.azmk8s.io',
      privateFqdn: 'prod.privatelink.westeurope.azmk8s.io',
      provisioningState: 'Succeeded',
      powerState: { code: 'Running' },
      disableLocalAccounts: true,
      aadProfile: { managed: true, enableAzureRbac: true, tenantID: scene.azure.tenant.id },
      apiServerAccessProfile: { enablePrivateCluster: true, authorizedIPRanges: ['192.0.2.0/24'] },
    });
  });

  test('and reads the kubeconfig that it hands out, which starts a program and holds no credentials', async () => {
    const { kubeconfigs = [] } = await client().listClusterUserCredentials(RESOURCE_GROUP, CLUSTER, {
      format: KnownFormat.Exec,
    });
    const config: unknown = parse(Buffer.from(kubeconfigs[0]?.value ?? []).toString('utf8'));
    expect(config).toMatchObject({
      clusters: [{ cluster: { server: 'https://127.0.0.1:6443' } }],
      users: [{ user: { exec: { command: 'kubelogin' } } }],
    });
  });

  test('and reads the code of its refusals', async () => {
    await expect(client().get('other', CLUSTER)).rejects.toMatchObject({
      statusCode: 404,
      code: 'ResourceGroupNotFound',
    });
    scene.azure.manager.grant(scene.app.objectId, []);
    await expect(client().get(RESOURCE_GROUP, CLUSTER)).rejects.toMatchObject({
      statusCode: 403,
      code: 'AuthorizationFailed',
    });
    scene.azure.faults.add('managedClusters/read', { kind: 'throttle' });
    await expect(client().get(RESOURCE_GROUP, CLUSTER)).rejects.toMatchObject({ statusCode: 429 });
  });
});
