import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { AKS_SERVER_APP, startAzure } from '../azure/start-azure.ts';
import { startInternet } from '../internet/start-internet.ts';
import type { PlayedCloud } from './played-cloud.ts';

const RESOURCE_GROUP = 'shop';
/** The cluster's name at AKS; in Firebreak's configuration it has a name of its own. */
const AKS_NAME = 'prod';

export interface AzureOptions {
  /** For the CA of the played internet, and the token of workload identity. */
  readonly folder: string;
  /** `workload identity` when left out. */
  readonly proof?: 'workload identity' | 'client secret';
}

/** Azure as a whole incident meets it. */
export interface Azure extends PlayedCloud {
  /** A token for the cluster, as its app gets it: for a client that can't ask for one. */
  readonly issueToken: () => string;
}

const ISSUER = 'https://westeurope.oic.prod-aks.azure.com/tools/';
const SUBJECT = 'system:serviceaccount:firebreak:firebreak';
const AUDIENCE = 'api://AzureADTokenExchange';
const DAY_SECONDS = 86_400;

/** A service account's token, as a cluster signs it. Only its issuer could tell that nobody signed this one. */
const serviceAccountToken = (): string => {
  const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  const exp = Math.floor(Date.now() / 1_000) + DAY_SECONDS;
  return `${part({ alg: 'RS256', typ: 'JWT' })}.${part({ iss: ISSUER, sub: SUBJECT, aud: [AUDIENCE], exp })}.c2ln`;
};

/** Azure on 127.0.0.1 with an AKS cluster, and an app that may reach it. */
export const startAzureCloud = async ({ folder, proof }: AzureOptions): Promise<Azure> => {
  await using starting = new AsyncDisposableStack();
  const internet = starting.use(await startInternet());
  const azure = starting.use(await startAzure({ internet }));
  const { tenant, manager, authenticator } = azure;
  const app = tenant.addApp();
  const { clientId, objectId } = app;
  manager.grant(objectId);
  authenticator.bind(objectId, 'responder');
  const caFile = join(folder, 'internet.pem');
  await writeFile(caFile, internet.caPem);
  const proven: Record<string, string> = {};
  if (proof === 'client secret') proven['AZURE_CLIENT_SECRET'] = tenant.addSecret(clientId);
  else {
    const tokenFile = join(folder, 'azure-identity-token');
    await writeFile(tokenFile, serviceAccountToken(), { mode: 0o600 });
    tenant.federate(clientId, { issuer: ISSUER, subject: SUBJECT, audience: AUDIENCE });
    proven['AZURE_FEDERATED_TOKEN_FILE'] = tokenFile;
  }
  const running = starting.move();
  return {
    authenticateToken: (token) => authenticator.userOf(token),
    describe: ({ url, caPem }) =>
      manager.put({
        ...{ resourceGroup: RESOURCE_GROUP, name: AKS_NAME, provisioningState: 'Succeeded' },
        url: new URL(url).origin,
        caPem,
      }),
    cluster: {
      provider: 'aks',
      subscription: azure.subscription,
      resourceGroup: RESOURCE_GROUP,
      name: AKS_NAME,
    },
    variables: {
      AZURE_TENANT_ID: tenant.id,
      AZURE_CLIENT_ID: clientId,
      ...proven,
      NODE_EXTRA_CA_CERTS: caFile,
      HTTPS_PROXY: internet.proxyUrl,
      NO_PROXY: '127.0.0.1,localhost',
      // Nobody's real metadata service is looked at.
      AZURE_POD_IDENTITY_AUTHORITY_HOST: azure.metadata.url,
    },
    issueToken: () => tenant.issue(app, AKS_SERVER_APP).text,
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  };
};
