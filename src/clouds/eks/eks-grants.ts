import type { CloudContext, CloudGrant, CloudGrants, Identity } from '../../core/cloud.ts';
import { awsPartitionName } from '../aws/aws-partition.ts';
import type { EksOptions } from './eks-options.ts';

/** A policy as text. Source: IAM JSON policy elements reference. */
const policy = (...statements: readonly object[]): string =>
  JSON.stringify({ Version: '2012-10-17', Statement: statements }, undefined, 2);

const START = '<ARN of the role or user that Firebreak starts with>';

/** Those for a run carry marks; a session that plans has a name alone. */
const marking = (identity: Identity): readonly string[] =>
  identity === 'read' ? [] : ['sts:SetSourceIdentity', 'sts:TagSession'];

/**
 * Each action is allowed by itself, because the conditions of sts:AssumeRole are not known of the others.
 * Source: Service Authorization Reference, AWS STS; IAM user guide, "Pass session tags in AWS STS".
 */
const trustPolicy = ({ externalId }: EksOptions, identity: Identity): string => {
  const allowed = { Effect: 'Allow', Principal: { AWS: START } };
  return policy(
    {
      ...allowed,
      Action: 'sts:AssumeRole',
      Condition: {
        ...(externalId === undefined ? {} : { StringEquals: { 'sts:ExternalId': externalId } }),
        StringLike: { 'sts:RoleSessionName': 'firebreak-*' },
      },
    },
    ...marking(identity).map((action) => ({ ...allowed, Action: action })),
  );
};

const assuming = (options: EksOptions, roleArn: string, identity: Identity): readonly CloudGrant[] => {
  const marks = marking(identity);
  return [
    {
      title: `Trust policy of ${roleArn}${marks.length === 0 ? '' : '; without its last two statements, CloudTrail names the run and not the person'}`,
      format: 'json',
      text: trustPolicy(options, identity),
    },
    {
      title: 'IAM policy of the identity that Firebreak starts with',
      format: 'json',
      text: policy({
        Effect: 'Allow',
        Action: marks.length === 0 ? 'sts:AssumeRole' : ['sts:AssumeRole', ...marks],
        Resource: roleArn,
      }),
    },
  ];
};

/**
 * EKS asks IAM for one right alone, to describe the cluster; everything else is the cluster's own RBAC, by the group of the
 * access entry. Source: Service Authorization Reference, Amazon EKS; EKS user guide, access entries.
 */
export const eksGrants = (options: EksOptions, { identity }: Pick<CloudContext, 'identity'>): CloudGrants => {
  const { region, name, roleArn } = options;
  const group = `firebreak-${identity}`;
  const principal = roleArn ?? START;
  const account = roleArn?.split(':')[4] ?? '*';
  return {
    subject: { kind: 'Group', name: group },
    grants: [
      {
        title: `IAM policy of ${principal}`,
        format: 'json',
        text: policy({
          Effect: 'Allow',
          Action: 'eks:DescribeCluster',
          Resource: `arn:${awsPartitionName(region)}:eks:${region}:${account}:cluster/${name}`,
        }),
      },
      ...(roleArn === undefined ? [] : assuming(options, roleArn, identity)),
      {
        title: `Access entry: the cluster knows it as the group ${group}, and by a user name that ends in the session's`,
        format: 'shell',
        text: `aws eks create-access-entry --cluster-name ${name} --region ${region} --principal-arn '${principal}' --kubernetes-groups ${group}`,
      },
    ],
  };
};
