import { stringify } from 'yaml';
import type { ManagedClusterState } from './managed-cluster.ts';

const base64 = (text: string): string => Buffer.from(text).toString('base64');

/** How kubelogin would be started: Firebreak has to leave it alone. */
const exec = (serverApp: string, tenantId: string): object => ({
  apiVersion: 'client.authentication.k8s.io/v1beta1',
  command: 'kubelogin',
  args: [
    'get-token',
    '--environment',
    'AzurePublicCloud',
    '--server-id',
    serverApp,
    '--tenant-id',
    tenantId,
    '--login',
    'devicecode',
  ],
  env: null,
  provideClusterInfo: false,
});

/** The kubeconfig of listClusterUserCredential, format exec. */
export const userKubeconfig = (
  {
    resourceGroup,
    name,
    url = '',
    caPem = '',
    entra,
    localAccount,
    fqdn,
    privateFqdn,
    enablePrivateCluster,
  }: ManagedClusterState,
  serverApp: string,
  tenantId: string,
  wanted: 'public' | 'default',
): string => {
  const server = new URL(url);
  const host = wanted === 'public' || enablePrivateCluster !== true ? fqdn : privateFqdn;
  if (host !== undefined) server.hostname = host;
  const user = `clusterUser_${resourceGroup}_${name}`;
  const local = {
    ...(localAccount?.certPem === undefined
      ? {}
      : { 'client-certificate-data': base64(localAccount.certPem) }),
    ...(localAccount?.keyPem === undefined ? {} : { 'client-key-data': base64(localAccount.keyPem) }),
    ...(localAccount?.token === undefined ? {} : { token: localAccount.token }),
  };
  return stringify({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name, cluster: { 'certificate-authority-data': base64(caPem), server: server.origin } }],
    contexts: [{ name, context: { cluster: name, user } }],
    'current-context': name,
    preferences: {},
    users: [{ name: user, user: entra === 'none' ? local : { exec: exec(serverApp, tenantId) } }],
  });
};
