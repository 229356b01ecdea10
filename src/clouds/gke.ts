import type { Cloud } from '../core/cloud.ts';
import { RecentlyUsed } from './access/recently-used.ts';
import { untilAborted } from './access/until-aborted.ts';
import type { GkeCluster } from './gke/gke-cluster.ts';
import { gkeGrants } from './gke/gke-grants.ts';
import { gkeOptionsSchema } from './gke/gke-options.ts';

/**
 * Google Kubernetes Engine, by Google credentials alone. Google's library is loaded when the first cluster is used.
 * Source: Kubernetes Engine API reference, projects.locations.clusters.get; gke-gcloud-auth-plugin.
 */
export const createGkeCloud = (): Cloud => {
  const clusters = new RecentlyUsed<GkeCluster>();
  return {
    provider: 'gke',
    access: {
      secretVariables: [],
      readOptions: (options) => gkeOptionsSchema.parse(options),
      connect: async (options, context, signal) => {
        signal.throwIfAborted();
        const wanted = gkeOptionsSchema.parse(options);
        const [{ GkeCluster }, { GkeAccess }] = await Promise.all([
          import('./gke/gke-cluster.ts'),
          import('./gke/gke-access.ts'),
        ]);
        // Not by identity: two that have the same keys are the same.
        const cluster = clusters.get([context.cluster, wanted], () => new GkeCluster(wanted, context));
        return new GkeAccess(cluster, await untilAborted(cluster.connect(context), signal));
      },
      grants: (options, context) => gkeGrants(gkeOptionsSchema.parse(options), context),
    },
  };
};

export const gke: Cloud = createGkeCloud();
