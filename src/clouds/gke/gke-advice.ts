import { FirebreakError } from '../../core/firebreak-error.ts';
import { gkeCaller } from './gke-caller.ts';
import type { GkeCluster } from './gke-cluster.ts';
import type { GkeEndpoint } from './gke-endpoint.ts';

/** A connection that did not come about: what a private or guarded endpoint looks like from outside. */
const NO_CONNECTION: ReadonlySet<unknown> = new Set([
  'ENOTFOUND',
  'EAI_AGAIN',
  'ECONNREFUSED',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ETIMEDOUT',
  'FIREBREAK_CONNECT_TIMEOUT',
]);

const EVERYWHERE: ReadonlySet<string> = new Set(['0.0.0.0/0', '::/0']);

const told = (failure: FirebreakError, message: string, next: string): FirebreakError =>
  new FirebreakError({ code: failure.code, message, next, retry: failure.retry, cause: failure.cause });

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
        'Connect gateway asks IAM first: grant it roles/gkehub.gatewayAdmin in the fleet’s project, and check that the account is not disabled.',
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
        `${either} Connect gateway also wants gkehub.gateway permissions; exec needs gkehub.gateway.stream, which roles/gkehub.gatewayAdmin alone holds.`,
      );
    case 'public':
    case 'private':
      return told(failure, message, either);
  }
};

const notReached = (
  failure: FirebreakError,
  { options }: GkeCluster,
  { way, isPrivate, networks, dnsOpen }: GkeEndpoint,
): FirebreakError => {
  if (options.server !== undefined || way === 'dns' || way === 'connect-gateway') return failure;
  const byDns = dnsOpen
    ? 'Set `endpoint: dns`, which IAM guards instead of networks'
    : `Open the DNS endpoint by \`gcloud container clusters update ${options.name} --location=${options.location} --project=${options.project} --enable-dns-access\` and set \`endpoint: dns\``;
  if (isPrivate)
    return told(
      failure,
      `${failure.message} It is the private endpoint, which is reached from its VPC and the networks connected to it alone.`,
      `${byDns}; or run Firebreak in that network; or set proxyUrl to a proxy there.`,
    );
  if (networks !== undefined && !networks.some((cidr) => EVERYWHERE.has(cidr)))
    return told(
      failure,
      `${failure.message} It takes connections only from authorised networks (${networks.slice(0, 5).join(', ')}${networks.length > 5 ? ` and ${networks.length - 5} more` : ''}).`,
      `Add the address that this machine has on the internet to them; or ${byDns.charAt(0).toLowerCase()}${byDns.slice(1)}; or set proxyUrl to a proxy that is allowed.`,
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
  const { cause } = failure;
  return cause instanceof Error && 'code' in cause && NO_CONNECTION.has(cause.code)
    ? notReached(failure, cluster, endpoint)
    : failure;
};
