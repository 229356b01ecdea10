import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { checkAppCertificate } from './app-certificate.ts';
import { appCertificateWarnings } from './app-certificate-warnings.ts';
import { azureHosts } from './azure-cloud.ts';
import { azureCredentialProblem } from './azure-failure.ts';
import { type AzureSurroundings, azureVariable } from './azure-surroundings.ts';
import type { AzureToken } from './azure-token.ts';
import { checkAuthorityHost } from './check-authority-host.ts';
import type { EntraProof } from './entra-token.ts';

export interface AzureSourceInit extends AzureSurroundings {
  /** As the configuration names them: before the environment's. */
  readonly tenantId?: string | undefined;
  readonly clientId?: string | undefined;
}

/** Where credentials are, before any of them was used. */
export interface AzureSource {
  /** For people: `workload identity (app 1b…)`. */
  readonly name: string;
  /** Whole sentences, as `CloudCaller` holds them. */
  readonly warnings: () => Promise<readonly string[]>;
  /** Throws `cluster-credentials`, and what Entra ID or the metadata service is the reason of. */
  readonly token: (scope: string) => Promise<AzureToken>;
}

/** A source, or what was looked at in vain. */
type Found = AzureSource | { readonly looked: string };

interface App {
  readonly tenantId: string;
  readonly clientId: string;
}

/** Throws `cluster-credentials` where a source is there and its app or tenant is not named. */
const appOf = (init: AzureSourceInit, variable: string): App => {
  const tenantId = init.tenantId ?? azureVariable(init, 'AZURE_TENANT_ID');
  const clientId = init.clientId ?? azureVariable(init, 'AZURE_CLIENT_ID');
  if (tenantId !== undefined && clientId !== undefined) return { tenantId, clientId };
  const missing = [
    ...(tenantId === undefined ? ['tenantId nor AZURE_TENANT_ID'] : []),
    ...(clientId === undefined ? ['clientId nor AZURE_CLIENT_ID'] : []),
  ];
  throw azureCredentialProblem(
    `${variable} is set, but neither ${missing.join(', and neither ')} says whose it is.`,
    'Set them: the tenant of the cluster’s subscription, and the client id of the app.',
  );
};

/** A secret or certificate belongs to one app: it is not sent for another one. */
const ownApp = (init: AzureSourceInit, variable: string): App => {
  const app = appOf(init, variable);
  const theirs = azureVariable(init, 'AZURE_CLIENT_ID');
  if (theirs === undefined || theirs.toLowerCase() === app.clientId.toLowerCase()) return app;
  throw azureCredentialProblem(
    `${variable} belongs to the app ${theirs} (AZURE_CLIENT_ID), and the configuration asks for the app ${app.clientId}.`,
    'For identities of their own, use workload identity: one service account is federated with as many apps as there are identities.',
  );
};

const fileOf = (init: AzureSourceInit, variable: string, path: string, next: string): Promise<string> =>
  readFile(resolve(init.baseDir, path), 'utf8').catch(() => {
    throw azureCredentialProblem(`The file ${path} (${variable}) can't be read.`, next);
  });

const byEntra =
  (init: AzureSourceInit, app: App, source: string, proof: () => Promise<EntraProof>) =>
  async (scope: string): Promise<AzureToken> => {
    const proven = await proof();
    const { entraToken } = await import('./entra-token.ts');
    return entraToken({ ...app, scope, source, proof: proven }, azureHosts(init.cloud).authority, init);
  };

const fromSecret = (init: AzureSourceInit): Found => {
  const variable = 'AZURE_CLIENT_SECRET';
  const secret = azureVariable(init, variable);
  if (secret === undefined) return { looked: `a client secret (${variable})` };
  const app = ownApp(init, variable);
  const name = `the client secret of the app ${app.clientId}`;
  return {
    name,
    warnings: async () => [
      'The client secret is long-lived: whoever copies it is Firebreak until it expires. Use workload identity or a managed identity.',
    ],
    token: byEntra(init, app, name, async () => ({ kind: 'secret', secret })),
  };
};

const fromCertificate = (init: AzureSourceInit): Found => {
  const variable = 'AZURE_CLIENT_CERTIFICATE_PATH';
  const path = azureVariable(init, variable);
  if (path === undefined) return { looked: `a client certificate (${variable})` };
  const app = ownApp(init, variable);
  const name = `the client certificate of the app ${app.clientId}`;
  const password = azureVariable(init, 'AZURE_CLIENT_CERTIFICATE_PASSWORD');
  const read = async (): Promise<string> => {
    const text = await fileOf(init, variable, path, 'Check the path, and that Firebreak may read the file.');
    return checkAppCertificate(text, password, `The file ${path} (${variable})`);
  };
  return {
    name,
    warnings: async () => appCertificateWarnings(await read(), init.clock.now()),
    token: byEntra(init, app, name, async () => ({
      kind: 'certificate',
      pem: await read(),
      password,
    })),
  };
};

/** A pod's service account, by Entra Workload ID. The kubelet renews the file, so it is read for each token. */
const fromFederatedToken = (init: AzureSourceInit): Found => {
  const variable = 'AZURE_FEDERATED_TOKEN_FILE';
  const path = azureVariable(init, variable);
  if (path === undefined) return { looked: `workload identity (${variable})` };
  const app = appOf(init, variable);
  const name = `workload identity (app ${app.clientId})`;
  const next =
    'Check that the pod has the label azure.workload.identity/use: "true", and that Firebreak may read the file.';
  return {
    name,
    warnings: async () => [],
    token: byEntra(init, app, name, async () => ({
      kind: 'federated token',
      assertion: (await fileOf(init, variable, path, next)).trim(),
    })),
  };
};

/** In the order in which Azure's own libraries look. */
const CONFIGURED = [fromSecret, fromCertificate, fromFederatedToken] as const;

const fromMachine = (init: AzureSourceInit, looked: readonly string[]): AzureSource => {
  const clientId = init.clientId ?? azureVariable(init, 'AZURE_CLIENT_ID');
  return {
    name: clientId === undefined ? "the machine's managed identity" : `the managed identity ${clientId}`,
    warnings: async () => [],
    token: async (scope) => {
      const { machineToken } = await import('./machine-token.ts');
      const token = await machineToken({ scope, clientId }, init);
      if (token !== 'no metadata service') return token;
      throw azureCredentialProblem(
        `Firebreak found no Azure credentials. It looked at ${looked.join('; ')}; a managed identity (no answer from the machine's metadata service).`,
        'Give its pod workload identity, or its machine a managed identity.',
      );
    },
  };
};

/**
 * The first source that is configured is the one: when it fails, its sentence is told, and no other identity is taken in
 * its place. No command line, shell or editor is asked for what a person signed in to. Throws `cluster-credentials`;
 * `config-invalid` where the environment is of another cloud.
 */
export const findAzureSource = (init: AzureSourceInit): AzureSource => {
  checkAuthorityHost(init);
  const looked: string[] = [];
  for (const source of CONFIGURED) {
    const found = source(init);
    if ('token' in found) return found;
    looked.push(found.looked);
  }
  return fromMachine(init, looked);
};
