import type { AwsPartitionName } from '../account/aws-account.ts';

const DIRECTION = '(?:north|south|east|west|central|northeast|northwest|southeast|southwest)';

/** Regional, FIPS and dual-stack names of STS. The global one is taken in the partition aws alone. */
const HOSTS: Readonly<Record<AwsPartitionName, RegExp>> = {
  aws: new RegExp(
    `^(?:sts\\.amazonaws\\.com|sts(?:-fips)?\\.(?:us|eu|ap|sa|ca|me|af|il|mx)-${DIRECTION}-\\d\\.(?:amazonaws\\.com|api\\.aws))$`,
  ),
  // The name with FIPS is the plain one there, but for dual stack.
  'aws-us-gov':
    /^(?:sts\.us-gov-(?:east|west)-1\.amazonaws\.com|sts(?:-fips)?\.us-gov-(?:east|west)-1\.api\.aws)$/,
  'aws-cn': /^sts\.cn-(?:north|northwest)-1\.(?:amazonaws\.com\.cn|api\.amazonwebservices\.com\.cn)$/,
};

/** The hosts that an authenticator in this partition takes. Source: aws-iam-authenticator, verifySTSHostname. */
export function isStsHost(host: string, partition: AwsPartitionName): boolean {
  return HOSTS[partition].test(host);
}
