import type { Config } from './config.ts';
import { ConnectedClusters } from './connected-clusters.ts';
import type { CloudContext } from './core/cloud.ts';
import { createClusterClient } from './kubernetes/cluster-client.ts';

export interface ConfiguredClustersInit extends Pick<CloudContext, 'home' | 'clock'> {
  readonly config: Pick<Config, 'clusters' | 'baseDir'>;
  readonly variables: CloudContext['environment'];
  readonly version: string;
}

/** The clusters of a configuration, to be connected when first used. */
export const configuredClusters = ({
  config,
  home,
  clock,
  variables,
  version,
}: ConfiguredClustersInit): ConnectedClusters =>
  new ConnectedClusters({
    clusters: config.clusters,
    context: { home, baseDir: config.baseDir, clock, environment: variables },
    open: (access, cluster, { reconnect, onBehalfOf }) =>
      createClusterClient({
        ...{ access, cluster, reconnect, clock, proxyEnvironment: variables },
        userAgent: `firebreak/${version}${onBehalfOf === undefined ? '' : ` run/${onBehalfOf.run}`}`,
      }),
  });
