import { z } from 'zod';
import { clouds } from './clouds/index.ts';
import type { Cloud, CloudContext } from './core/cloud.ts';
import type { OwnPlace } from './flow/check/where-it-runs.ts';
import { createClusterClient } from './kubernetes/cluster-client.ts';
import { vouchedBy } from './own-api-server.ts';

const namespaceSchema = z.looseObject({ metadata: z.looseObject({ uid: z.string() }) });

/**
 * Where Firebreak runs. Its own cluster is known by the certificate of its API server, and asked by the mounted service
 * account, if there is one that may read it.
 */
export const ownPlace = (
  context: Omit<CloudContext, 'cluster' | 'identity' | 'onBehalfOf'>,
  own: Cloud | undefined = clouds.find(({ provider }) => provider === 'in-cluster'),
): OwnPlace => {
  const { KUBERNETES_SERVICE_HOST: host = '', KUBERNETES_SERVICE_PORT: port = '' } = context.environment;
  return {
    serviceHost: host === '' ? undefined : host,
    vouchedBy: async (caPem, signal) =>
      host === '' || !/^\d{1,5}$/u.test(port)
        ? 'unknown'
        : vouchedBy({ host, port: Number(port) }, caPem, signal),
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
