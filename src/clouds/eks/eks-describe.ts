import { type Cluster, DescribeClusterCommand, EKSClient } from '@aws-sdk/client-eks';
import { FirebreakError, type FirebreakErrorInit } from '../../core/firebreak-error.ts';
import { isCertificate } from '../access/is-certificate.ts';
import { awsClientConfig } from '../aws/aws-client-config.ts';
import type { AwsCredentials } from '../aws/aws-credentials.ts';
import {
  awsCause,
  awsCredentialProblem,
  awsFailure,
  awsFailureKind,
  refusedPrincipal,
} from '../aws/aws-failure.ts';
import { awsPartitionName } from '../aws/aws-partition.ts';
import type { AwsSurroundings } from '../aws/aws-surroundings.ts';
import type { EksEndpoint } from './eks-endpoint.ts';
import type { EksOptions } from './eks-options.ts';

type NotReady = Pick<FirebreakErrorInit, 'message' | 'next' | 'retry'>;

/** One sentence for each status but ACTIVE and UPDATING. Source: EKS API reference, Cluster. */
const notReady = (status: string, what: string): NotReady => {
  switch (status) {
    case 'CREATING':
      return {
        message: `The ${what} is being created (CREATING) and has no API server yet.`,
        next: 'Ask again when it is ACTIVE, which takes about ten minutes.',
        retry: 'retry can help',
      };
    case 'PENDING':
      return {
        message: `The ${what} waits to be connected or created (PENDING) and has no API server yet.`,
        next: 'Look at it in the EKS console; a registered cluster of another provider needs `provider: kubeconfig`.',
        retry: 'retry can help',
      };
    case 'DELETING':
      return {
        message: `The ${what} is being deleted (DELETING).`,
        next: 'What is left of it is in its logs and in the volumes of its nodes.',
      };
    case 'FAILED':
      return {
        message: `The ${what} has FAILED and has no working API server.`,
        next: 'Look at its health issues in the EKS console, or by `aws eks describe-cluster`.',
      };
    default:
      return {
        message: `The ${what} is in the state ${status}, which Firebreak does not know.`,
        next: 'Look at it in the EKS console.',
      };
  }
};

const unusable = (sentence: NotReady): FirebreakError =>
  new FirebreakError({ code: 'cluster-unreachable', ...sentence });

/** Throws `cluster-unreachable` where the answer leads to no API server. */
const endpointOf = (cluster: Cluster | undefined, what: string): EksEndpoint => {
  const { endpoint, certificateAuthority, resourcesVpcConfig: network, status = 'unknown' } = cluster ?? {};
  if (status !== 'ACTIVE' && status !== 'UPDATING') throw unusable(notReady(status, what));
  const server = URL.parse(endpoint ?? '');
  const caPem = Buffer.from(certificateAuthority?.data ?? '', 'base64').toString('utf8');
  if (server === null || server.protocol !== 'https:' || !isCertificate(caPem))
    throw unusable({
      message: `EKS names no https endpoint with a CA for the ${what}.`,
      next: 'Look at it in the EKS console; a registered cluster of another provider needs `provider: kubeconfig`.',
    });
  return {
    server,
    caPem,
    // Local clusters on Outposts alone have an id.
    clusterId: cluster?.id ?? cluster?.name ?? '',
    publicAccess: network?.endpointPublicAccess ?? true,
    privateAccess: network?.endpointPrivateAccess ?? false,
    publicCidrs: network?.publicAccessCidrs ?? [],
    authenticationMode: cluster?.accessConfig?.authenticationMode,
  };
};

/** eks:DescribeCluster. Throws `cluster-unreachable`, `cluster-credentials`, `cluster-throttled`, `config-invalid`. */
export const describeEksCluster = async (
  { region, name }: EksOptions,
  credentials: AwsCredentials,
  surroundings: AwsSurroundings,
): Promise<EksEndpoint> => {
  const call = `eks:DescribeCluster in ${region}`;
  const identity = await credentials.provide();
  const source = credentials.source() ?? 'the configuration';
  const handler = await credentials.handler();
  const client = new EKSClient(awsClientConfig(credentials.place, identity, handler, surroundings));
  const answer = await client.send(new DescribeClusterCommand({ name })).catch((error: unknown) => {
    const kind = awsFailureKind(error);
    if (kind === 'not found')
      throw new FirebreakError({
        code: 'config-invalid',
        message: `There is no EKS cluster ${name} in the region ${region} of the account that Firebreak's credentials belong to (${source}).`,
        next: 'Check name and region in the configuration; for a cluster of another account, set roleArn to a role there.',
        cause: awsCause(error),
      });
    if (kind === 'denied')
      throw awsCredentialProblem(
        `${refusedPrincipal(error) ?? `The identity from ${source}`} lacks the permission eks:DescribeCluster for the cluster ${name} in ${region}.`,
        `Allow eks:DescribeCluster on arn:${awsPartitionName(region)}:eks:${region}:*:cluster/${name} in the IAM policy of that identity.`,
        error,
      );
    throw awsFailure(error, { call, source, place: credentials.place, skewMs: handler.skewMs });
  });
  return endpointOf(answer.cluster, `EKS cluster ${name} in ${region}`);
};
