/** Where EKS says that a cluster is, and who may reach it. */
export interface EksEndpoint {
  readonly server: URL;
  readonly caPem: string;
  /** What the cluster's authenticator calls itself. */
  readonly clusterId: string;
  readonly publicAccess: boolean;
  readonly privateAccess: boolean;
  readonly publicCidrs: readonly string[];
  /** `API`, `API_AND_CONFIG_MAP` or `CONFIG_MAP`. */
  readonly authenticationMode: string | undefined;
}

/** What tells one address from another. */
export const sameEksAddress = (one: EksEndpoint, other: EksEndpoint): boolean =>
  one.server.href === other.server.href && one.caPem === other.caPem;
