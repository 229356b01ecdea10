/** What differs between AWS's separate clouds. A region belongs to one of them by its prefix. */
interface AwsPartition {
  readonly name: string;
  readonly regions: RegExp;
  readonly domain: string;
}

/**
 * The partitions that this version reaches. Source: partitions.json of the AWS SDKs; aws-iam-authenticator accepts a
 * token only for the STS hosts of the cluster's own partition.
 */
const PARTITIONS: readonly AwsPartition[] = [
  {
    name: 'aws',
    regions: /^(us|eu|ap|sa|ca|me|af|il|mx)-[a-z]+-\d+$/u,
    domain: 'amazonaws.com',
  },
];

/** `undefined` for a region of another partition, and for what is none. */
export const awsPartition = (region: string): AwsPartition | undefined =>
  PARTITIONS.find(({ regions }) => regions.test(region));

/** The regional host of STS. A token for the global one would depend on the region us-east-1. */
export const stsHost = (region: string, partition: AwsPartition): string =>
  `sts.${region}.${partition.domain}`;
