const REGION =
  '(?:us|eu|ap|sa|ca|me|af|il|mx)-(?:north|south|east|west|central|northeast|northwest|southeast|southwest)-\\d';

/** Regional, FIPS and dual-stack names of STS in the partition aws, and the global one. */
const HOSTS = new RegExp(
  `^(?:sts\\.amazonaws\\.com|sts(?:-fips)?\\.${REGION}\\.(?:amazonaws\\.com|api\\.aws))$`,
);

/** The hosts that an authenticator in the partition aws takes. Source: aws-iam-authenticator, verifySTSHostname. */
export function isStsHost(host: string): boolean {
  return HOSTS.test(host);
}
