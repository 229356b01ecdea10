import { z } from 'zod';
import { accessOptions } from '../access/access-options.ts';
import { awsPartition } from '../aws/aws-partition.ts';

/** The provider's keys in `firebreak.yml`. Shapes: the API references of EKS (CreateCluster) and STS (AssumeRole). */
export const eksOptionsSchema = z
  .strictObject({
    region: z
      .string()
      .refine(
        (region) => awsPartition(region) !== undefined,
        'must be a region of the AWS partition aws, aws-us-gov or aws-cn, such as eu-west-1; this version reaches no other partition',
      ),
    /** The cluster's name in EKS. */
    name: z.string().regex(/^[0-9A-Za-z][A-Za-z0-9_-]{0,99}$/, 'must be the name of an EKS cluster'),
    /** Assumed before the cluster is asked for: another account's, or one that can do less. */
    roleArn: z
      .string()
      .regex(/^arn:aws[\w-]*:iam::\d{12}:role\/[\w+=,.@/-]+$/, 'must be the ARN of an IAM role')
      .optional(),
    externalId: z
      .string()
      .regex(/^[\w+=,.@:/-]{2,1224}$/, 'must be 2 to 1224 letters, digits or any of +=,.@:/-_')
      .optional(),
    /** FIPS and dual-stack endpoints of EKS and STS. Left out: what the environment says. */
    fips: z.boolean().optional(),
    dualStack: z.boolean().optional(),
    /** A profile of AWS's shared config files. Left out: the chain of sources. */
    profile: z.string().min(1).optional(),
    ...accessOptions,
  })
  .refine(({ roleArn, externalId }) => externalId === undefined || roleArn !== undefined, {
    message: 'is for the role that roleArn names, and there is none',
    path: ['externalId'],
  })
  .refine(({ region, fips }) => fips !== true || awsPartition(region)?.fips !== 'none', {
    message: 'is not to be had: there are no FIPS endpoints in the partition aws-cn',
    path: ['fips'],
  })
  .superRefine(({ region, roleArn }, { addIssue }) => {
    const partition = awsPartition(region);
    if (partition === undefined || roleArn === undefined || roleArn.split(':')[1] === partition.name) return;
    addIssue({
      code: 'custom',
      message: `must be of the region's own partition, arn:${partition.name}:iam::…: roles reach no further than their partition`,
      path: ['roleArn'],
    });
  });
export type EksOptions = Readonly<z.infer<typeof eksOptionsSchema>>;
