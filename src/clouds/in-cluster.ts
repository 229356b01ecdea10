import type { Cloud } from '../core/cloud.ts';
import { FileAccess } from './access/file-access.ts';
import { untilAborted } from './access/until-aborted.ts';
import { inClusterAdvice } from './in-cluster/in-cluster-advice.ts';
import { inClusterGrants } from './in-cluster/in-cluster-grants.ts';
import { inClusterOptionsSchema } from './in-cluster/in-cluster-options.ts';
import { readInClusterWay } from './in-cluster/in-cluster-way.ts';
import { type MountedAccount, mountedAccount } from './in-cluster/mounted-account.ts';

/**
 * The cluster that Firebreak itself runs in, by the service account that the kubelet mounts and renews.
 * Source: Kubernetes documentation, "Accessing the Kubernetes API from a Pod".
 */
export const createInClusterCloud = (account: MountedAccount): Cloud => ({
  provider: 'in-cluster',
  access: {
    secretVariables: [],
    readOptions: (options) => inClusterOptionsSchema.parse(options),
    connect: async (options, context, signal) => {
      signal.throwIfAborted();
      const wanted = inClusterOptionsSchema.parse(options);
      const readWay = () => readInClusterWay(account, wanted, context);
      return new FileAccess({
        what: `The service account of this pod, which is how cluster ${context.cluster} is reached,`,
        way: await untilAborted(readWay(), signal),
        readWay,
        stamp: account.stamp,
        explain: (failure, until) => untilAborted(inClusterAdvice(failure, account, context), until),
      });
    },
    grants: () => inClusterGrants,
  },
});

export const inCluster: Cloud = createInClusterCloud(mountedAccount);
