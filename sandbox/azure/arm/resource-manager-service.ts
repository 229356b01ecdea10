import type { AzureAnswer } from '../azure-answer.ts';
import type { EntraTenant, TokenClaims } from '../entra/entra-tenant.ts';
import { armFailure } from './arm-failure.ts';
import { describedCluster } from './describe-cluster.ts';
import type { ManagedClusterState } from './managed-cluster.ts';
import { userKubeconfig } from './user-kubeconfig.ts';

export interface ResourceManagerInit {
  readonly tenant: EntraTenant;
  readonly subscription: string;
  /** What a token has to be for. */
  readonly audience: string;
  /** The app that AKS takes tokens for. */
  readonly serverApp: string;
}

const ACTIONS = ['managedClusters/read', 'listClusterUserCredential/action'] as const;
export type ArmAction = (typeof ACTIONS)[number];

export interface ArmRequest {
  readonly method: string;
  readonly url: URL;
  readonly authorization: string;
}

const PATH =
  /^\/subscriptions\/(?<subscription>[^/]+)\/resourceGroups\/(?<group>[^/]+)\/providers\/Microsoft\.ContainerService\/managedClusters\/(?<name>[^/]+)(?<more>\/listClusterUserCredential)?$/iu;
const FULL_NAME: Readonly<Record<ArmAction, string>> = {
  'managedClusters/read': 'Microsoft.ContainerService/managedClusters/read',
  'listClusterUserCredential/action':
    'Microsoft.ContainerService/managedClusters/listClusterUserCredential/action',
};

/**
 * Azure Resource Manager for one subscription: ManagedClusters Get and ListClusterUserCredentials, for whoever has the
 * right. Roles are given by object id. Rights are judged before existence, as there.
 */
export class ResourceManagerService {
  readonly #init: ResourceManagerInit;
  readonly #groups = new Set<string>();
  readonly #clusters = new Map<string, ManagedClusterState>();
  readonly #rights = new Map<string, Set<ArmAction>>();

  constructor(init: ResourceManagerInit) {
    this.#init = init;
  }

  /** Adds a cluster, or replaces the one of this name. */
  put(cluster: ManagedClusterState): void {
    this.#groups.add(cluster.resourceGroup.toLowerCase());
    this.#clusters.set(`${cluster.resourceGroup}/${cluster.name}`.toLowerCase(), cluster);
  }

  /** The role "Azure Kubernetes Service Cluster User Role", without what is left out. */
  grant(objectId: string, actions: readonly ArmAction[] = ACTIONS): void {
    this.#rights.set(objectId, new Set(actions));
  }

  actionOf({ method, url }: ArmRequest): ArmAction | undefined {
    const more = PATH.exec(url.pathname)?.groups?.['more'];
    if (more === undefined)
      return method === 'GET' && PATH.test(url.pathname) ? 'managedClusters/read' : undefined;
    return method === 'POST' ? 'listClusterUserCredential/action' : undefined;
  }

  answer(request: ArmRequest): AzureAnswer {
    const action = this.actionOf(request);
    const { subscription = '', group = '', name = '' } = PATH.exec(request.url.pathname)?.groups ?? {};
    if (action === undefined)
      return armFailure(404, 'InvalidResourceType', 'The resource type could not be found.');
    if (!/^\d{4}-\d{2}-\d{2}(-preview)?$/u.test(request.url.searchParams.get('api-version') ?? ''))
      return armFailure(
        400,
        'MissingApiVersionParameter',
        'The api-version query parameter (?api-version=) is required for all requests.',
      );
    const { tenant, audience } = this.#init;
    const token = request.authorization.replace(/^Bearer /u, '');
    const claims = tenant.verify(token, audience);
    if (claims === undefined)
      return armFailure(401, 'InvalidAuthenticationToken', `The access token is invalid: ${token}`);
    if (subscription.toLowerCase() !== this.#init.subscription)
      return armFailure(
        404,
        'SubscriptionNotFound',
        `The subscription '${subscription}' could not be found.`,
      );
    const group1 = decodeURIComponent(group);
    const id = `/subscriptions/${subscription}/resourceGroups/${group1}/providers/Microsoft.ContainerService/managedClusters/${name}`;
    if (this.#rights.get(claims.oid)?.has(action) !== true) return this.#forbidden(claims, action, id);
    if (!this.#groups.has(group1.toLowerCase()))
      return armFailure(404, 'ResourceGroupNotFound', `Resource group '${group1}' could not be found.`);
    const cluster = this.#clusters.get(`${group1}/${name}`.toLowerCase());
    if (cluster === undefined)
      return armFailure(
        404,
        'ResourceNotFound',
        `The Resource '${id}' under resource group '${group1}' was not found.`,
      );
    return action === 'managedClusters/read'
      ? { status: 200, body: describedCluster(cluster, id, tenant.id) }
      : this.#credential(cluster, request.url);
  }

  #credential(cluster: ManagedClusterState, url: URL): AzureAnswer {
    if (cluster.url === undefined || cluster.powerState === 'Stopped')
      return armFailure(409, 'OperationNotAllowed', 'The cluster is not running.');
    if (url.searchParams.get('format') === 'azure')
      return armFailure(400, 'BadRequest', "Format 'azure' is not supported.");
    if (cluster.entra === 'none' && cluster.disableLocalAccounts === true)
      return armFailure(
        400,
        'BadRequest',
        "Getting static credential isn't allowed because this cluster is set to disable local accounts.",
      );
    const { serverApp, tenant } = this.#init;
    const wanted = url.searchParams.get('server-fqdn') === 'public' ? 'public' : 'default';
    const text = userKubeconfig(cluster, serverApp, tenant.id, wanted);
    return {
      status: 200,
      body: { kubeconfigs: [{ name: 'clusterUser', value: Buffer.from(text).toString('base64') }] },
    };
  }

  #forbidden({ oid, appid }: TokenClaims, action: ArmAction, id: string): AzureAnswer {
    return armFailure(
      403,
      'AuthorizationFailed',
      `The client '${appid}' with object id '${oid}' does not have authorization to perform action '${FULL_NAME[action]}' over scope '${id}' or the scope is invalid. If access was recently granted, please refresh your credentials.`,
    );
  }
}
