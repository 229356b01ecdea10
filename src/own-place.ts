import { z } from 'zod';
import { clouds } from './clouds/index.ts';
import type { Cloud, CloudContext } from './core/cloud.ts';
import type { OwnPlace } from './flow/check/check-cluster.ts';
import { createClusterClient } from './kubernetes/cluster-client.ts';

const namespaceSchema = z.looseObject({ metadata: z.looseObject({ uid: z.string() }) });

/** Where Firebreak runs. Its own cluster is asked by the mounted service account, if there is one that may read it. */
export const ownPlace = (
  context: Omit<CloudContext, 'cluster' | 'identity' | 'onBehalfOf'>,
  own: Cloud | undefined = clouds.find(({ provider }) => provider === 'in-cluster'),
): OwnPlace => {
  const serviceHost = context.environment['KUBERNETES_SERVICE_HOST'];
  return {
    serviceHost: serviceHost === '' ? undefined : serviceHost,
    clusterUid: async (signal) => {
      if (own === undefined) return undefined;
      const cluster = 'itself';
      try {
        const options = own.access.readOptions({});
        const access = await own.access.connect(options, { ...context, cluster, identity: 'read' }, signal);
        const client = createClusterClient({
          ...{ access, cluster, clock: context.clock, userAgent: 'firebreak' },
          proxyEnvironment: context.environment,
        });
        try {
          const path = { group: '', version: 'v1', resource: 'namespaces', name: 'kube-system' };
          return namespaceSchema.safeParse(await client.get(path, signal)).data?.metadata.uid;
        } finally {
          client.close();
        }
      } catch {
        // It is a warning's second source: an account that may not read it, or none at all, is no news.
        return undefined;
      }
    },
  };
};
