import type { Cloud } from '../core/cloud.ts';
import { untilAborted } from './access/until-aborted.ts';
import type { EksCluster } from './eks/eks-cluster.ts';
import { eksGrants } from './eks/eks-grants.ts';
import { eksOptionsSchema } from './eks/eks-options.ts';

/**
 * Amazon EKS, by AWS credentials alone. AWS's SDK is loaded when the first cluster is used. A cluster that is connected
 * again keeps its credentials and its token, and its description is asked for anew.
 * Source: EKS API reference, DescribeCluster; aws-iam-authenticator, pkg/token.
 */
export const createEksCloud = (): Cloud => {
  const clusters = new Map<string, EksCluster>();
  return {
    provider: 'eks',
    access: {
      readOptions: (options) => eksOptionsSchema.parse(options),
      connect: async (options, context, signal) => {
        signal.throwIfAborted();
        const wanted = eksOptionsSchema.parse(options);
        const [{ EksCluster }, { EksAccess }] = await Promise.all([
          import('./eks/eks-cluster.ts'),
          import('./eks/eks-access.ts'),
        ]);
        // Not by identity: two that have the same keys are the same.
        const key = JSON.stringify([context.cluster, wanted]);
        const cluster = clusters.get(key) ?? new EksCluster(wanted, context);
        clusters.set(key, cluster);
        return new EksAccess(cluster, await untilAborted(cluster.look(), signal));
      },
      grants: (options, context) => eksGrants(eksOptionsSchema.parse(options), context),
    },
  };
};

export const eks: Cloud = createEksCloud();
