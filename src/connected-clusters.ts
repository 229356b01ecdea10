import type { ConfiguredCluster } from './config/context.ts';
import type { CloudContext, ClusterAccess, OnBehalfOf } from './core/cloud.ts';
import type { ClusterClient, ClusterReader, ClusterWriter } from './core/cluster.ts';
import type { ClusterEntry } from './core/cluster-entry.ts';
import { FirebreakError } from './core/firebreak-error.ts';
import { explainedClient } from './explained-client.ts';
import type { AssumedIdentity, Clusters, RunConnection } from './flow/clusters.ts';

interface Connection {
  readonly access: ClusterAccess;
  readonly client: ClusterClient & ClusterWriter & { close(): void };
}

export interface ConnectedClustersInit {
  readonly clusters: readonly ConfiguredCluster[];
  readonly context: Omit<CloudContext, 'cluster' | 'identity' | 'onBehalfOf'>;
  readonly open: (
    access: ClusterAccess,
    cluster: string,
    options: {
      readonly reconnect: (signal: AbortSignal) => Promise<ClusterAccess>;
      readonly onBehalfOf?: OnBehalfOf;
    },
  ) => Connection['client'];
}

type Assumed = Pick<CloudContext, 'identity' | 'onBehalfOf'>;

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

/** The configured clusters: one connection each to read by, made when first used and shared by all who ask; one for each run that acts. */
export class ConnectedClusters implements Clusters {
  readonly entries: readonly ClusterEntry[];
  readonly #init: ConnectedClustersInit;
  readonly #readers = new Map<string, Promise<Connection>>();
  readonly #acting = new Set<Connection['client']>();

  constructor(init: ConnectedClustersInit) {
    this.#init = init;
    this.entries = init.clusters;
  }

  async reader(cluster: string, signal: AbortSignal): Promise<ClusterReader & { readonly server: string }> {
    const { client, access } = await this.#reader(cluster, signal);
    return {
      server: access.server.origin,
      get: (path, until) => client.get(path, until),
      list: (path, query, until) => client.list(path, query, until),
      allowed: (permission, where, until) => client.allowed(permission, where, until),
      version: (until) => client.version(until),
    };
  }

  async forRun(cluster: string, assumed: AssumedIdentity, signal: AbortSignal): Promise<RunConnection> {
    const connecting = this.#inTime(cluster, assumed);
    try {
      const { client } = await unlessAborted(connecting, signal);
      this.#acting.add(client);
      return {
        client,
        [Symbol.dispose]: () => {
          this.#acting.delete(client);
          client.close();
        },
      };
    } catch (thrown) {
      // Nobody waits for it any more.
      connecting.then(
        ({ client }) => client.close(),
        () => undefined,
      );
      throw thrown;
    }
  }

  async close(): Promise<void> {
    for (const client of this.#acting) client.close();
    const connections = await Promise.allSettled(this.#readers.values());
    for (const connection of connections)
      if (connection.status === 'fulfilled') connection.value.client.close();
  }

  /** Several may wait for one connection: who gives up leaves it to the others. */
  #reader(name: string, signal: AbortSignal): Promise<Connection> {
    let connecting = this.#readers.get(name);
    if (connecting === undefined) {
      connecting = this.#inTime(name, { identity: 'read' });
      this.#readers.set(name, connecting);
      // A failure is not kept: the next request tries anew.
      connecting.catch(() => this.#readers.delete(name));
    }
    return unlessAborted(connecting, signal);
  }

  async #inTime(name: string, as: Assumed): Promise<Connection> {
    const deadline = AbortSignal.timeout(CONNECT_DEADLINE_MS);
    try {
      return await this.#connect(name, as, deadline);
    } catch (thrown) {
      throw deadline.aborted && thrown === deadline.reason ? tooSlow(name) : thrown;
    }
  }

  async #connect(name: string, as: Assumed, signal: AbortSignal): Promise<Connection> {
    const cluster = this.#init.clusters.find((candidate) => candidate.name === name);
    if (cluster === undefined)
      throw new FirebreakError({
        code: 'cluster-unknown',
        message: `There is no cluster ${name} in the configuration.`,
        next: 'See `/k8s clusters`.',
      });
    const context: CloudContext = { ...this.#init.context, cluster: name, ...as };
    const connect = (until: AbortSignal): Promise<ClusterAccess> =>
      cluster.cloud.access.connect(cluster.options[as.identity], context, until);
    const access = await connect(signal);
    const { onBehalfOf } = as;
    const opened = this.#init.open(access, name, {
      reconnect: connect,
      ...(onBehalfOf === undefined ? {} : { onBehalfOf }),
    });
    return { access, client: explainedClient(opened, access) };
  }
}
