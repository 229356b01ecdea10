import type { CloudContext, CloudGrants } from '../../core/cloud.ts';
import { awsPartition } from '../aws/aws-partition.ts';
import type { EksOptions } from './eks-options.ts';

/** An IAM policy as text. Source: IAM JSON policy elements reference. */
const policy = (statements: readonly object[]): string =>
  JSON.stringify({ Version: '2012-10-17', Statement: statements }, undefined, 2);

/**
 * EKS asks IAM for one right alone, to describe the cluster; everything else is the cluster's own RBAC, by the group of the
 * access entry. Source: Service Authorization Reference, Amazon EKS and AWS STS; EKS user guide, access entries.
 */
export const eksGrants = (
  { region, name, roleArn }: EksOptions,
  { identity }: Pick<CloudContext, 'identity'>,
): CloudGrants => {
  const partition = awsPartition(region)?.name ?? 'aws';
  const group = `firebreak-${identity}`;
  const principal = roleArn ?? '<ARN of its role or user>';
  const describe = {
    Effect: 'Allow',
    Action: 'eks:DescribeCluster',
    Resource: `arn:${partition}:eks:${region}:${roleArn?.split(':')[4] ?? '*'}:cluster/${name}`,
  };
  const assume = { Effect: 'Allow', Action: 'sts:AssumeRole', Resource: roleArn };
  return {
    subject: { kind: 'Group', name: group },
    grants: [
      { title: `IAM policy of ${principal}`, format: 'json', text: policy([describe]) },
      ...(roleArn === undefined
        ? []
        : [
            {
              title: 'IAM policy of the identity that Firebreak starts with',
              format: 'json',
              text: policy([assume]),
            } as const,
          ]),
      {
        title: `Access entry: the cluster knows it as the group ${group}`,
        format: 'shell',
        text: `aws eks create-access-entry --cluster-name ${name} --region ${region} --principal-arn '${principal}' --kubernetes-groups ${group}`,
      },
    ],
  };
};
