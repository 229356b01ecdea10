import type { ManagedClusterState } from './managed-cluster.ts';

const VERSION = '1.36.2';

/** The wire names of ManagedClusters Get. Source: Azure REST API reference, Azure Kubernetes Service. */
export const describedCluster = (cluster: ManagedClusterState, id: string, tenantId: string): object => {
  const { url, entra, privateFqdn, enablePrivateCluster = false, authorizedIpRanges } = cluster;
  const host = url === undefined ? undefined : new URL(url).hostname;
  const fqdn = cluster.fqdn ?? (enablePrivateCluster ? undefined : host);
  const privateFQDN = privateFqdn ?? (enablePrivateCluster ? host : undefined);
  return {
    id,
    name: cluster.name,
    type: 'Microsoft.ContainerService/ManagedClusters',
    location: 'westeurope',
    sku: { name: 'Base', tier: 'Standard' },
    identity: { type: 'SystemAssigned' },
    properties: {
      provisioningState: cluster.provisioningState,
      powerState: { code: cluster.powerState ?? 'Running' },
      kubernetesVersion: VERSION,
      currentKubernetesVersion: VERSION,
      dnsPrefix: cluster.name,
      ...(fqdn === undefined ? {} : { fqdn }),
      ...(privateFQDN === undefined ? {} : { privateFQDN }),
      enableRBAC: true,
      disableLocalAccounts: cluster.disableLocalAccounts ?? false,
      nodeResourceGroup: `MC_${cluster.resourceGroup}_${cluster.name}_westeurope`,
      apiServerAccessProfile: {
        enablePrivateCluster,
        ...(authorizedIpRanges === undefined ? {} : { authorizedIPRanges: authorizedIpRanges }),
      },
      ...(entra === 'none'
        ? {}
        : {
            aadProfile: {
              managed: entra?.serverApp === undefined,
              adminGroupObjectIDs: null,
              enableAzureRBAC: entra?.azureRbac ?? false,
              tenantID: entra?.tenantId ?? tenantId,
              ...(entra?.serverApp === undefined ? {} : { serverAppID: entra.serverApp }),
            },
          }),
    },
  };
};
