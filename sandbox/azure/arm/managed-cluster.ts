/** A cluster as Azure Resource Manager tells of it. */
export interface ManagedClusterState {
  readonly resourceGroup: string;
  readonly name: string;
  readonly provisioningState: string;
  readonly powerState?: 'Running' | 'Stopped';
  /** Of the API server, with its port. Missing while the cluster is created. */
  readonly url?: string;
  readonly caPem?: string;
  /** Host names, where they differ from that of `url`. */
  readonly fqdn?: string;
  readonly privateFqdn?: string;
  readonly enablePrivateCluster?: boolean;
  readonly authorizedIpRanges?: readonly string[];
  /** `undefined`: managed Entra integration of this tenant. */
  readonly entra?:
    | 'none'
    | { readonly serverApp?: string; readonly azureRbac?: boolean; readonly tenantId?: string };
  readonly disableLocalAccounts?: boolean;
  /** What the user of a cluster without Entra gets. */
  readonly localAccount?: { readonly certPem?: string; readonly keyPem?: string; readonly token?: string };
}
