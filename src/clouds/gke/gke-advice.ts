import type { FirebreakError } from '../../core/firebreak-error.ts';
import { guardingNetworks } from '../access/guarding-networks.ts';
import { told } from '../access/told.ts';
import { wasNotReached } from '../access/was-not-reached.ts';
import { GUARDED_WAYS, privateWays, waysIn } from '../access/ways-in.ts';
import { gkeCaller } from './gke-caller.ts';
import type { GkeCluster } from './gke-cluster.ts';
import type { GkeEndpoint } from './gke-endpoint.ts';

const whoIs = async (cluster: GkeCluster): Promise<string> => {
  const { email, seenBy } = await gkeCaller(cluster);
  const source = cluster.credentials.last()?.source ?? 'unknown source';
  if (email === undefined) return `the identity from ${source}`;
  return seenBy === 'its numeric id' ? `${email} (by its numeric id: ${source})` : email;
};

const notKnown = async (
  failure: FirebreakError,
  cluster: GkeCluster,
  { way }: GkeEndpoint,
): Promise<FirebreakError> => {
  const who = await whoIs(cluster);
  const message = `Cluster ${cluster.context.cluster} did not accept the access token of ${who}.`;
  const { project } = cluster.options;
  switch (way) {
    case 'dns':
      return told(
        failure,
        message,
        `The DNS endpoint asks IAM first: grant it container.clusters.connect in the project ${project}, and check that the account is not disabled.`,
      );
    case 'connect-gateway':
      return told(
        failure,
        message,
        `Connect gateway asks IAM first: grant it, in the fleet's project, the role that \`firebreak permissions ${cluster.context.cluster}\` prints, and check that the account is not disabled.`,
      );
    case 'public':
    case 'private':
      return told(
        failure,
        message,
        'Check that the account is not disabled or deleted, and that project, location and name are those of this cluster.',
      );
  }
};

const notAllowed = async (
  failure: FirebreakError,
  cluster: GkeCluster,
  { way }: GkeEndpoint,
): Promise<FirebreakError> => {
  const who = await whoIs(cluster);
  const message = `${failure.message} It sees Firebreak as ${who}.`;
  const either = `${failure.next} GKE asks IAM and RBAC, and one of them is enough: bind this user to Firebreak's ClusterRole.`;
  switch (way) {
    case 'dns':
      return told(
        failure,
        message,
        `${either} The DNS endpoint also wants container.clusters.connect in the project ${cluster.options.project}.`,
      );
    case 'connect-gateway':
      return told(
        failure,
        message,
        `${either} Connect gateway also wants, in the fleet's project, gkehub.gateway permissions by the method of a request; exec needs gkehub.gateway.stream, which roles/gkehub.gatewayAdmin alone holds.`,
      );
    case 'public':
    case 'private':
      return told(failure, message, either);
  }
};

const notReached = (
  failure: FirebreakError,
  { options }: GkeCluster,
  { way, server, isPrivate, networks, dnsOpen }: GkeEndpoint,
): FirebreakError => {
  if (way === 'dns' || way === 'connect-gateway') return failure;
  const byDns = dnsOpen
    ? 'set `endpoint: dns`, which IAM guards instead of networks'
    : `open the DNS endpoint by \`gcloud container clusters update ${options.name} --location=${options.location} --project=${options.project} --enable-dns-access\` and set \`endpoint: dns\``;
  if (isPrivate)
    return told(
      failure,
      `${failure.message} It is the private endpoint, which is reached from its VPC and the networks connected to it alone.`,
      waysIn([byDns, ...privateWays(server, { network: 'that VPC', links: 'VPN, peering, Interconnect' })]),
    );
  const guarding = networks === undefined ? undefined : guardingNetworks(networks);
  if (guarding !== undefined)
    return told(
      failure,
      `${failure.message} It takes connections only from authorised networks (${guarding === '' ? 'none is set' : guarding}).`,
      waysIn(['add the address that this machine has on the internet to them', byDns, ...GUARDED_WAYS]),
    );
  return failure;
};

/** Says of a failure of the cluster's API what Google knows about it. Returns `failure` itself where it knows nothing. */
export const gkeAdvice = async (
  failure: FirebreakError,
  cluster: GkeCluster,
  described: GkeEndpoint,
): Promise<FirebreakError> => {
  const endpoint = cluster.endpoint ?? described;
  if (failure.code === 'not-authenticated') return notKnown(failure, cluster, endpoint);
  if (failure.code === 'not-allowed') return notAllowed(failure, cluster, endpoint);
  return wasNotReached(failure, cluster.options) ? notReached(failure, cluster, endpoint) : failure;
};
