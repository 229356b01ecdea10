/** Where Azure says that a cluster is, whom it trusts, and who may reach it. */
export interface AksEndpoint {
  readonly server: URL;
  readonly caPem: string;
  /** How the cluster knows who calls. */
  readonly sign: EntraSign | LocalAccount;
  readonly isPrivate: boolean;
  /** `authorizedIPRanges`; empty where anyone may connect. */
  readonly authorizedRanges: readonly string[];
  /** `Failed` or `Canceled`: the API server may still work. */
  readonly brokenState: string | undefined;
}

export interface EntraSign {
  readonly kind: 'entra';
  /** The app that tokens are for. */
  readonly serverApp: string;
  /** Whose tokens the cluster takes. */
  readonly tenantId: string | undefined;
  /** Whether roles in Azure count too, beside those in the cluster. */
  readonly azureRbac: boolean;
}

/** The credentials of a cluster that does not know Entra ID, as Azure hands them out. */
export interface LocalAccount {
  readonly kind: 'local account';
  readonly token: string | undefined;
  readonly certificate: { readonly certPem: string; readonly keyPem: string } | undefined;
}

const localText = (sign: AksEndpoint['sign']): string =>
  sign.kind === 'entra' ? sign.serverApp : `${sign.token} ${sign.certificate?.certPem}`;

/** What tells one way from another. */
export const sameAksWay = (one: AksEndpoint, other: AksEndpoint): boolean =>
  one.server.href === other.server.href &&
  one.caPem === other.caPem &&
  localText(one.sign) === localText(other.sign);
