/** What differs between the clouds in the ways that lead to a private endpoint. */
export interface PrivateNetwork {
  /** `that VPC`. */
  readonly network: string;
  /** What connects other networks with it. */
  readonly links: string;
  /** Follows the address of a tunnel's far end: `, such as SSM port forwarding`. */
  readonly tunnel?: string;
}

const addressOf = ({ hostname, port }: URL): string => `${hostname}:${port === '' ? 443 : port}`;

/** The ways to a private endpoint, each of them enough. */
export const privateWays = (
  server: URL,
  { network, links, tunnel = '' }: PrivateNetwork,
): readonly string[] => [
  `run Firebreak in ${network} or in one connected to it (${links})`,
  "set proxyUrl to an HTTP or SOCKS5 proxy there, such as a bastion's",
  `set server to a tunnel to ${addressOf(server)}${tunnel}, with tlsServerName ${server.hostname}`,
];

/** The ways past a list of networks, beside a place on it. */
export const GUARDED_WAYS = [
  'set proxyUrl to a proxy that is allowed',
  'set server and tlsServerName to a tunnel',
] as const;

/** One sentence of several ways, and where to read more. */
export const waysIn = (ways: readonly string[]): string => {
  const text = ways.join('; or ');
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}. docs/private-clusters.md says more.`;
};
