import type { AwsIdentity } from './aws-identity.ts';
import type { AwsPlace } from './aws-place.ts';
import type { AwsRequestHandler } from './aws-request-handler.ts';
import type { AwsSurroundings } from './aws-surroundings.ts';

/**
 * What every client of an AWS API is made with. Clients are made for one call with credentials that are at hand, so
 * that no client keeps credentials that were forgotten here; connections are kept by the handler they share.
 */
export const awsClientConfig = (
  { region, fips, dualStack }: AwsPlace,
  identity: AwsIdentity,
  handler: AwsRequestHandler,
  { clock }: Pick<AwsSurroundings, 'clock'>,
) => ({
  region,
  // Said in any case, so that no profile of the process decides it.
  useFipsEndpoint: fips,
  useDualstackEndpoint: dualStack,
  credentials: identity,
  requestHandler: handler,
  // The SDK waits longer and longer between them, with jitter.
  maxAttempts: 3,
  systemClockOffset: clock.now().getTime() - Date.now(),
  // Shows in CloudTrail.
  customUserAgent: 'firebreak',
});
