import { FirebreakError } from '../../core/firebreak-error.ts';
import { awsPartition } from './aws-partition.ts';
import type { AwsSurroundings } from './aws-surroundings.ts';

/** A region, and by which of its names AWS is reached there. */
export interface AwsPlace {
  readonly region: string;
  /** The endpoints whose cryptography is validated by FIPS 140. */
  readonly fips: boolean;
  /** The endpoints that have IPv6 addresses too. */
  readonly dualStack: boolean;
}

export interface AwsPlaceKeys {
  readonly region: string;
  readonly fips?: boolean | undefined;
  readonly dualStack?: boolean | undefined;
}

/** The configuration's own keys, else the environment's. Source: AWS SDKs and Tools Reference Guide, "Dual-stack and FIPS endpoints". */
export const awsPlace = (
  { region, fips, dualStack }: AwsPlaceKeys,
  environment: AwsSurroundings['environment'],
): AwsPlace => {
  const isOn = (name: string): boolean => environment[name]?.toLowerCase() === 'true';
  return {
    region,
    fips: fips ?? isOn('AWS_USE_FIPS_ENDPOINT'),
    dualStack: dualStack ?? isOn('AWS_USE_DUALSTACK_ENDPOINT'),
  };
};

const ENDPOINTS = ['AWS_ENDPOINT_URL', 'AWS_ENDPOINT_URL_EKS', 'AWS_ENDPOINT_URL_STS'] as const;

/** Throws `config-invalid` where keys and environment together ask for names that AWS does not have. */
export const checkAwsPlace = (
  { region, fips, dualStack }: AwsPlace,
  environment: AwsSurroundings['environment'],
): void => {
  const partition = awsPartition(region);
  if (fips && partition?.fips === 'none')
    throw new FirebreakError({
      code: 'config-invalid',
      message: `AWS_USE_FIPS_ENDPOINT asks for FIPS endpoints, and AWS has none in the partition ${partition.name} (${region}).`,
      next: 'Set `fips: false` for this cluster.',
    });
  const own = ENDPOINTS.find((name) => (environment[name] ?? '') !== '');
  const heeded = environment['AWS_IGNORE_CONFIGURED_ENDPOINT_URLS']?.toLowerCase() !== 'true';
  if ((fips || dualStack) && own !== undefined && heeded)
    throw new FirebreakError({
      code: 'config-invalid',
      message: `${own} leads to an endpoint of its own, and ${fips ? 'FIPS' : 'dual-stack'} endpoints are asked for in ${region} as well.`,
      next: `Unset ${own}, or set \`fips: false\` and \`dualStack: false\` for this cluster.`,
    });
};

/**
 * The region's own host of STS: a token for the global one would depend on the region us-east-1, and is refused outside
 * the partition aws. Source: endpoint rules of the AWS SDKs, which aws-iam-authenticator compares with.
 */
export const stsHost = ({ region, fips, dualStack }: AwsPlace): string => {
  const partition = awsPartition(region);
  if (partition === undefined) throw new Error(`no partition for ${region}`);
  const ownName = fips && (dualStack || partition.fips === 'own names');
  return `sts${ownName ? '-fips' : ''}.${region}.${dualStack ? partition.dualStackDomain : partition.domain}`;
};
