import type { FirebreakError } from '../../core/firebreak-error.ts';
import { guardingNetworks } from '../access/guarding-networks.ts';
import { told } from '../access/told.ts';
import { wasNotReached } from '../access/was-not-reached.ts';
import { GUARDED_WAYS, privateWays, waysIn } from '../access/ways-in.ts';
import { azureIdentityText } from '../azure/azure-token.ts';
import type { AksCluster } from './aks-cluster.ts';
import type { AksEndpoint } from './aks-endpoint.ts';

const notKnown = (failure: FirebreakError, cluster: AksCluster, { sign }: AksEndpoint): FirebreakError => {
  const { context, identity, source } = cluster;
  if (sign.kind === 'local account')
    return told(
      failure,
      `Cluster ${context.cluster} did not accept the local account that Azure handed out.`,
      "Ask again: the cluster's certificates may just have been rotated.",
    );
  const who = azureIdentityText(identity) ?? 'of Firebreak';
  const message = `Cluster ${context.cluster} did not accept the Entra token of ${who} (${source.name}).`;
  if (sign.tenantId !== undefined && identity.tenantId !== undefined && sign.tenantId !== identity.tenantId)
    return told(
      failure,
      `${message} It takes identities of the tenant ${sign.tenantId}, and this one is of the tenant ${identity.tenantId}.`,
      'Set tenantId to the tenant of the cluster, and use an app or managed identity there.',
    );
  return told(
    failure,
    message,
    `Check that it is enabled in Entra ID, then give its object id rights: by a ClusterRoleBinding with the subject User ${identity.objectId ?? '<object id>'}${sign.azureRbac ? ', or by an Azure role with data actions (the cluster has Azure RBAC on)' : ''}.`,
  );
};

/** Entra ID lets any identity of the tenant in; what it may do is asked afterwards. */
const notAllowed = (
  failure: FirebreakError,
  { identity }: AksCluster,
  { sign }: AksEndpoint,
): FirebreakError =>
  sign.kind === 'entra' && identity.objectId !== undefined
    ? told(
        failure,
        failure.message,
        `${failure.next} AKS knows this identity as the user ${identity.objectId}, its object id: name that as the subject of the binding${sign.azureRbac ? ', or assign it an Azure role with the data action' : ''}.`,
      )
    : failure;

const notReached = (
  failure: FirebreakError,
  { server, isPrivate, authorizedRanges: ranges, brokenState }: AksEndpoint,
): FirebreakError => {
  if (isPrivate)
    return told(
      failure,
      `${failure.message} The cluster is private (enablePrivateCluster): its API server is reached from its virtual network alone.`,
      `${waysIn(privateWays(server, { network: 'that network', links: 'VPN, peering, ExpressRoute', tunnel: ' or to a private endpoint' }))} Command invoke, which needs no such way, comes in a later version.`,
    );
  const networks = ranges.length === 0 ? undefined : guardingNetworks(ranges);
  if (networks !== undefined)
    return told(
      failure,
      `${failure.message} Its API server takes connections only from authorizedIPRanges ${networks}.`,
      waysIn([
        'add the address that this machine has on the internet, by `az aks update --api-server-authorized-ip-ranges`',
        ...GUARDED_WAYS,
      ]),
    );
  return brokenState === undefined
    ? failure
    : told(
        failure,
        `${failure.message} Azure says that the last operation of the cluster ended as ${brokenState}.`,
        'Look at its operations in the Azure portal, or by `az aks show`.',
      );
};

/** Says of a failure of the cluster's API what Azure knows about it. Returns `failure` itself where it knows nothing. */
export const aksAdvice = (
  failure: FirebreakError,
  cluster: AksCluster,
  endpoint: AksEndpoint,
): FirebreakError => {
  const known = cluster.endpoint ?? endpoint;
  if (failure.code === 'not-authenticated') return notKnown(failure, cluster, known);
  if (failure.code === 'not-allowed') return notAllowed(failure, cluster, known);
  return wasNotReached(failure, cluster.options) ? notReached(failure, known) : failure;
};
