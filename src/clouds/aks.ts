import type { Cloud } from '../core/cloud.ts';
import { RecentlyUsed } from './access/recently-used.ts';
import { untilAborted } from './access/until-aborted.ts';
import type { AksCluster } from './aks/aks-cluster.ts';
import { aksGrants } from './aks/aks-grants.ts';
import { aksOptionsSchema } from './aks/aks-options.ts';

/**
 * Azure Kubernetes Service, by Azure credentials alone. Azure's library is loaded when the first token of an app is
 * asked for. Source: Azure REST API reference, Azure Kubernetes Service; AKS documentation, kubelogin.
 */
export const createAksCloud = (): Cloud => {
  const clusters = new RecentlyUsed<AksCluster>();
  return {
    provider: 'aks',
    access: {
      secretVariables: ['AZURE_CLIENT_SECRET', 'AZURE_CLIENT_CERTIFICATE_PASSWORD'],
      readOptions: (options) => aksOptionsSchema.parse(options),
      connect: async (options, context, signal) => {
        signal.throwIfAborted();
        const wanted = aksOptionsSchema.parse(options);
        const [{ AksCluster }, { AksAccess }] = await Promise.all([
          import('./aks/aks-cluster.ts'),
          import('./aks/aks-access.ts'),
        ]);
        // Not by identity: two that have the same keys are the same.
        const cluster = clusters.get([context.cluster, wanted], () => new AksCluster(wanted, context));
        return new AksAccess(cluster, await untilAborted(cluster.connect(context), signal));
      },
      grants: (options, context) => aksGrants(aksOptionsSchema.parse(options), context),
    },
  };
};

export const aks: Cloud = createAksCloud();
