import { FirebreakError } from '../../core/firebreak-error.ts';
import { azureForeign } from '../azure/azure-failure.ts';
import type { ArmAnswer, ResourceManager } from '../azure/resource-manager.ts';
import { type AksDescription, aksDescriptionSchema, checkAksState } from './aks-description.ts';
import type { AksEndpoint, EntraSign } from './aks-endpoint.ts';
import { readAksKubeconfig } from './aks-kubeconfig.ts';
import { type AksOptions, aksResourceId } from './aks-options.ts';
import { aksRefusal } from './aks-refusal.ts';

/** Stable, and served in the three clouds. Source: Azure REST API reference, Azure Kubernetes Service. */
const API_VERSION = '2025-10-01';
const READ = 'Microsoft.ContainerService/managedClusters/read';
const USER_CREDENTIAL = 'Microsoft.ContainerService/managedClusters/listClusterUserCredential/action';

/** The same in every tenant and cloud. Source: AKS documentation, kubelogin. */
export const AKS_SERVER_APP = '6dae42f8-4368-4678-94ff-3960e28e3630';

/** The host that the configuration asks for. Throws `config-invalid`, `cluster-unreachable`. */
const hostOf = (
  { fqdn, privateFQDN, apiServerAccessProfile: access }: AksDescription,
  endpoint: AksOptions['endpoint'],
  what: string,
): string => {
  const wanted =
    endpoint ?? (access?.enablePrivateCluster === true && privateFQDN !== undefined ? 'private' : 'public');
  const host =
    wanted === 'private' ? privateFQDN : (fqdn ?? (endpoint === undefined ? privateFQDN : undefined));
  if (host !== undefined) return host;
  throw new FirebreakError({
    code: 'config-invalid',
    message: `The ${what} has no ${wanted} address.`,
    next: `Leave endpoint out, or set it to ${wanted === 'private' ? 'public' : 'private'}.`,
  });
};

const noWayIn = (what: string): FirebreakError =>
  new FirebreakError({
    code: 'cluster-credentials',
    message: `The ${what} knows neither Entra ID nor local accounts, so nothing can authenticate to it.`,
    next: 'Switch Entra integration on, by `az aks update --enable-aad`.',
  });

const entraSign = ({
  enableAzureRBAC,
  tenantID,
  serverAppID,
}: NonNullable<AksDescription['aadProfile']>): EntraSign => ({
  kind: 'entra',
  // An empty one is what Azure says of a cluster that was moved to managed integration.
  serverApp: serverAppID === undefined || serverAppID === '' ? AKS_SERVER_APP : serverAppID,
  tenantId: tenantID,
  azureRbac: enableAzureRBAC ?? false,
});

/**
 * Asks Azure where a cluster is and whom it trusts: two calls, side by side, since the first does not say the CA. Throws
 * `cluster-unreachable`, `cluster-credentials`, `cluster-throttled`, `cluster-answer`, `config-invalid`.
 */
export const describeAksCluster = async (
  options: AksOptions,
  manager: ResourceManager,
  source: string,
): Promise<AksEndpoint> => {
  const what = `AKS cluster ${options.name}`;
  const path = aksResourceId(options);
  const version = { 'api-version': API_VERSION };
  // Where both fail, as without a token, the first one's failure is told, whichever came first.
  const [described, credential] = await Promise.allSettled([
    manager.call({ method: 'GET', path, query: version, name: READ }),
    manager.call({
      method: 'POST',
      path: `${path}/listClusterUserCredential`,
      query: {
        ...version,
        format: 'exec',
        ...(options.endpoint === 'public' ? { 'server-fqdn': 'public' } : {}),
      },
      name: USER_CREDENTIAL,
    }),
  ]);
  const taken = (settled: PromiseSettledResult<ArmAnswer>, action: string): unknown => {
    if (settled.status === 'rejected') throw settled.reason;
    const { status, body } = settled.value;
    if (status === 200 && body === undefined) throw azureForeign(status, action);
    if (status === 200) return body;
    throw aksRefusal(settled.value, { options, action, source, token: manager.lastToken });
  };
  const description = aksDescriptionSchema.safeParse(taken(described, READ));
  if (!description.success)
    throw new FirebreakError({
      code: 'cluster-answer',
      message: `Azure describes the ${what} in a shape that Firebreak does not know.`,
      next: 'Look at it by `az aks show`; if it is right, this is a mistake of Firebreak.',
    });
  const { properties } = description.data;
  checkAksState(properties, what);
  const { aadProfile, disableLocalAccounts } = properties;
  // Azure then hands out no kubeconfig either.
  if (aadProfile === undefined && disableLocalAccounts === true) throw noWayIn(what);
  const host = hostOf(properties, options.endpoint, what);
  const kubeconfig = readAksKubeconfig(taken(credential, USER_CREDENTIAL), what);
  const { account } = kubeconfig;
  if (aadProfile === undefined && account.certificate === undefined && account.token === undefined)
    throw noWayIn(what);
  const server = new URL(kubeconfig.server);
  server.hostname = host;
  const { provisioningState: state, apiServerAccessProfile: access } = properties;
  return {
    server,
    caPem: kubeconfig.caPem,
    sign: aadProfile === undefined ? account : entraSign(aadProfile),
    isPrivate: access?.enablePrivateCluster ?? false,
    authorizedRanges: access?.authorizedIPRanges ?? [],
    brokenState: state === 'Failed' || state === 'Canceled' ? state : undefined,
  };
};
