import type { Cloud } from '../core/cloud.ts';
import { RecentlyUsed } from './access/recently-used.ts';
import { untilAborted } from './access/until-aborted.ts';
import { RefusedMarks } from './aws/refused-marks.ts';
import type { EksCluster } from './eks/eks-cluster.ts';
import { eksGrants } from './eks/eks-grants.ts';
import { eksOptionsSchema } from './eks/eks-options.ts';

/**
 * Amazon EKS, by AWS credentials alone. AWS's SDK is loaded when the first cluster is used.
 * Source: EKS API reference, DescribeCluster; aws-iam-authenticator, pkg/token.
 */
export const createEksCloud = (): Cloud => {
  const clusters = new RecentlyUsed<EksCluster>();
  let refused: RefusedMarks | undefined;
  return {
    provider: 'eks',
    access: {
      secretVariables: ['AWS_SECRET_ACCESS_KEY', 'AWS_SESSION_TOKEN', 'AWS_CONTAINER_AUTHORIZATION_TOKEN'],
      readOptions: (options) => eksOptionsSchema.parse(options),
      connect: async (options, context, signal) => {
        signal.throwIfAborted();
        const wanted = eksOptionsSchema.parse(options);
        const { EksCluster } = await import('./eks/eks-cluster.ts');
        refused ??= new RefusedMarks(context.clock);
        const marks = refused;
        // Not by identity: two that have the same keys are the same.
        const key = [context.cluster, wanted];
        const cluster = clusters.get(key, () => new EksCluster(wanted, context, marks));
        return untilAborted(cluster.connect(context), signal);
      },
      grants: (options, context) => eksGrants(eksOptionsSchema.parse(options), context),
    },
  };
};

export const eks: Cloud = createEksCloud();
