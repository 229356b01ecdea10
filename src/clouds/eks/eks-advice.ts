import type { FirebreakError } from '../../core/firebreak-error.ts';
import { CLOCK_NEXT, skewText } from '../access/clock-skew.ts';
import { guardingNetworks } from '../access/guarding-networks.ts';
import { told } from '../access/told.ts';
import { wasNotReached } from '../access/was-not-reached.ts';
import { GUARDED_WAYS, privateWays, waysIn } from '../access/ways-in.ts';
import { eksCaller } from './eks-caller.ts';
import type { EksEndpoint } from './eks-endpoint.ts';
import type { EksSession } from './eks-session.ts';

const notKnown = async (
  failure: FirebreakError,
  cluster: EksSession,
  { authenticationMode: mode }: EksEndpoint,
): Promise<FirebreakError> => {
  const { options, context, credentials } = cluster;
  // Asked for the time too: it is AWS's latest answer.
  const caller = await eksCaller(cluster);
  const { skewMs } = await credentials.handler();
  if (skewMs !== undefined)
    return told(
      failure,
      `Cluster ${context.cluster} did not accept Firebreak's token: the clock of this machine is ${skewText(skewMs)} AWS's.`,
      CLOCK_NEXT,
    );
  const principal = options.roleArn ?? caller;
  // An access entry wants the path of a role, which a session's name does not hold: every Identity Center role has one.
  const role = options.roleArn === undefined ? /:role\/(.+)$/u.exec(caller ?? '')?.[1] : undefined;
  const pathNote =
    role === undefined
      ? ''
      : `See its whole ARN, with its path if it has one, by \`aws iam get-role --role-name ${role} --query Role.Arn\`. `;
  const message = `Cluster ${context.cluster} does not know the AWS identity ${principal ?? 'of Firebreak'} (${credentials.source() ?? 'unknown source'}).`;
  const where = `--name ${options.name} --region ${options.region}`;
  if (mode === 'CONFIG_MAP')
    return told(
      failure,
      message,
      `This cluster takes identities from its aws-auth ConfigMap alone: map it there, or allow access entries by \`aws eks update-cluster-config ${where} --access-config authenticationMode=API_AND_CONFIG_MAP\`.`,
    );
  return told(
    failure,
    message,
    `${pathNote}Give it an access entry, by \`aws eks create-access-entry --cluster-name ${options.name} --region ${options.region} --principal-arn ${principal ?? '<role or user ARN>'} --kubernetes-groups <group>\`, and ask again after a minute. \`firebreak permissions ${context.cluster}\` prints it with its group, and what to bind to that.`,
  );
};

const notReached = (
  failure: FirebreakError,
  { server, publicAccess, privateAccess, publicCidrs }: EksEndpoint,
): FirebreakError => {
  if (!publicAccess)
    return told(
      failure,
      `${failure.message} Its endpoint is private (endpointPublicAccess false, endpointPrivateAccess ${privateAccess}): it is reached from its VPC alone.`,
      `${waysIn(privateWays(server, { network: 'that VPC', links: 'VPN, peering, Direct Connect', tunnel: ', such as SSM port forwarding' }))} The cluster's security group has to allow port 443 from there.`,
    );
  const networks = publicCidrs.length === 0 ? undefined : guardingNetworks(publicCidrs);
  if (networks !== undefined)
    return told(
      failure,
      `${failure.message} Its endpoint takes connections only from publicAccessCidrs ${networks}${privateAccess ? ', and from its VPC (endpointPrivateAccess true)' : ''}.`,
      waysIn(['add the address that this machine has on the internet to publicAccessCidrs', ...GUARDED_WAYS]),
    );
  return failure;
};

/** Says of a failure of the cluster's API what AWS knows about it. Returns `failure` itself where it knows nothing. */
export const eksAdvice = async (
  failure: FirebreakError,
  cluster: EksSession,
  endpoint: EksEndpoint,
): Promise<FirebreakError> => {
  if (failure.code === 'not-authenticated')
    return notKnown(failure, cluster, cluster.description.last ?? endpoint);
  return wasNotReached(failure, cluster.options)
    ? notReached(failure, cluster.description.last ?? endpoint)
    : failure;
};
