import type { ConfiguredCluster } from './config/context.ts';
import type { CloudContext, ClusterAccess, Identity } from './core/cloud.ts';
import type { ClusterClient, ClusterReader, ClusterWriter } from './core/cluster.ts';
import type { ClusterEntry } from './core/cluster-entry.ts';
import { FirebreakError } from './core/firebreak-error.ts';
import { explainedClient } from './explained-client.ts';
import type { Clusters } from './flow/clusters.ts';

interface Connection {
  readonly access: ClusterAccess;
  readonly client: ClusterClient & ClusterWriter & { close(): void };
}

export interface ConnectedClustersInit {
  readonly clusters: readonly ConfiguredCluster[];
  readonly context: Omit<CloudContext, 'cluster' | 'identity'>;
  readonly open: (
    access: ClusterAccess,
    cluster: string,
    reconnect: (signal: AbortSignal) => Promise<ClusterAccess>,
  ) => Connection['client'];
}

/** Credentials and the address of a cluster; a provider's API stands behind it. Planning gives up at the same time. */
const CONNECT_DEADLINE_MS = 30_000;

const tooSlow = (cluster: string): FirebreakError =>
  new FirebreakError({
    code: 'cluster-timeout',
    message: `The address and credentials of ${cluster} could not be had in ${CONNECT_DEADLINE_MS / 1_000} s.`,
    next: 'Ask again; if it stays so, look at the provider’s API and the network between.',
    retry: 'retry can help',
  });

const unlessAborted = async <Value>(work: Promise<Value>, signal: AbortSignal): Promise<Value> => {
  signal.throwIfAborted();
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  const onAbort = (): void => reject(signal.reason);
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    return await Promise.race([work, aborted]);
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
};

/** Connections to the configured clusters, one for each identity, made when first used and shared by all who ask. */
export class ConnectedClusters implements Clusters {
  readonly entries: readonly ClusterEntry[];
  readonly #init: ConnectedClustersInit;
  readonly #connections = new Map<string, Promise<Connection>>();

  constructor(init: ConnectedClustersInit) {
    this.#init = init;
    this.entries = init.clusters;
  }

  async reader(cluster: string, signal: AbortSignal): Promise<ClusterReader & { readonly server: string }> {
    const { client, access } = await this.#connection(cluster, 'read', signal);
    return {
      server: access.server.origin,
      get: (path, until) => client.get(path, until),
      list: (path, query, until) => client.list(path, query, until),
      allowed: (permission, where, until) => client.allowed(permission, where, until),
      version: (until) => client.version(until),
    };
  }

  async client(
    cluster: string,
    identity: Exclude<Identity, 'read'>,
    signal: AbortSignal,
  ): Promise<ClusterClient & ClusterWriter> {
    return (await this.#connection(cluster, identity, signal)).client;
  }

  async close(): Promise<void> {
    const connections = await Promise.allSettled(this.#connections.values());
    for (const connection of connections)
      if (connection.status === 'fulfilled') connection.value.client.close();
  }

  /** Several may wait for one connection: who gives up leaves it to the others. */
  #connection(name: string, identity: Identity, signal: AbortSignal): Promise<Connection> {
    const key = `${identity} ${name}`;
    let connecting = this.#connections.get(key);
    if (connecting === undefined) {
      const deadline = AbortSignal.timeout(CONNECT_DEADLINE_MS);
      connecting = this.#connect(name, identity, deadline).catch((thrown: unknown) => {
        throw deadline.aborted && thrown === deadline.reason ? tooSlow(name) : thrown;
      });
      this.#connections.set(key, connecting);
      // A failure is not kept: the next request tries anew.
      connecting.catch(() => this.#connections.delete(key));
    }
    return unlessAborted(connecting, signal);
  }

  async #connect(name: string, identity: Identity, signal: AbortSignal): Promise<Connection> {
    const cluster = this.#init.clusters.find((candidate) => candidate.name === name);
    if (cluster === undefined)
      throw new FirebreakError({
        code: 'cluster-unknown',
        message: `There is no cluster ${name} in the configuration.`,
        next: 'See `/k8s clusters`.',
      });
    const context: CloudContext = { ...this.#init.context, cluster: name, identity };
    const connect = (until: AbortSignal): Promise<ClusterAccess> =>
      cluster.cloud.connect(cluster.options[identity], context, until);
    const access = await connect(signal);
    return { access, client: explainedClient(this.#init.open(access, name, connect), access) };
  }
}
