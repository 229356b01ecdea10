/** What differs between AWS's separate clouds. A region belongs to one of them by its prefix. */
interface AwsPartition {
  readonly name: 'aws' | 'aws-us-gov' | 'aws-cn';
  readonly regions: RegExp;
  readonly domain: string;
  readonly dualStackDomain: string;
  /** `plain names`: FIPS endpoints are the ordinary ones, but for dual stack. */
  readonly fips: 'own names' | 'plain names' | 'none';
}

/**
 * The partitions that this version reaches. Source: partitions.json of the AWS SDKs; aws-iam-authenticator,
 * pkg/endpoints: a cluster accepts a token only for the STS hosts of its own partition, and none with FIPS in China.
 */
const PARTITIONS: readonly AwsPartition[] = [
  {
    name: 'aws',
    regions: /^(us|eu|ap|sa|ca|me|af|il|mx)-[a-z]+-\d+$/u,
    domain: 'amazonaws.com',
    dualStackDomain: 'api.aws',
    fips: 'own names',
  },
  {
    name: 'aws-us-gov',
    regions: /^us-gov-[a-z]+-\d+$/u,
    domain: 'amazonaws.com',
    dualStackDomain: 'api.aws',
    fips: 'plain names',
  },
  {
    name: 'aws-cn',
    regions: /^cn-[a-z]+-\d+$/u,
    domain: 'amazonaws.com.cn',
    dualStackDomain: 'api.amazonwebservices.com.cn',
    fips: 'none',
  },
];

/** The name of the region's partition in ARNs. */
export const awsPartitionName = (region: string): string => awsPartition(region)?.name ?? 'aws';

/** `undefined` for a region of another partition, and for what is none. */
export const awsPartition = (region: string): AwsPartition | undefined =>
  PARTITIONS.find(({ regions }) => regions.test(region));
