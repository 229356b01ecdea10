import type { ConfiguredCluster } from './config/context.ts';
import type { CloudContext, ClusterAccess, Identity, OnBehalfOf } from './core/cloud.ts';
import type { ClusterClient, ClusterInspector, ClusterWriter } from './core/cluster.ts';
import type { ClusterEntry } from './core/cluster-entry.ts';
import { FirebreakError } from './core/firebreak-error.ts';
import { type Impersonation, impersonationFor } from './core/impersonation.ts';
import { explainedClient } from './explained-client.ts';
import type { Attribution } from './flow/attribution.ts';
import { attributionNote, withAttribution } from './flow/attribution-note.ts';
import type {
  Acting,
  AssumedIdentity,
  Clusters,
  Look,
  PlanningConnection,
  RunConnection,
} from './flow/clusters.ts';
import { KeptAttributions } from './kept-attributions.ts';

/** A client that can act in the name of another user over the same connection. */
export interface OpenedClient extends ClusterClient, ClusterInspector, ClusterWriter {
  as(impersonation: Impersonation): OpenedClient;
  close(): void;
}

interface Connection {
  readonly access: ClusterAccess;
  readonly client: OpenedClient;
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
  ) => OpenedClient;
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

const actingAs = (client: OpenedClient, note: string, user?: string): Acting => ({
  ...(user === undefined ? {} : { user }),
  note,
  allowed: (permission, where, until) => client.allowed(permission, where, until),
});

/** Explained in whoever's name it acts. */
const explained = (client: OpenedClient, access: ClusterAccess): OpenedClient =>
  explainedClient({ ...client, as: (impersonation) => explained(client.as(impersonation), access) }, access);

/** The configured clusters: one connection each to read by, made when first used and shared by all who ask; one for each run that acts. */
export class ConnectedClusters implements Clusters {
  readonly entries: readonly ClusterEntry[];
  readonly #init: ConnectedClustersInit;
  readonly #readers = new Map<string, Promise<Connection>>();
  /** Those of runs and of looks, closed by who has them, or at the end. */
  readonly #own = new Set<OpenedClient>();
  readonly #attributions: KeptAttributions;

  constructor(init: ConnectedClustersInit) {
    this.#init = init;
    this.entries = init.clusters;
    this.#attributions = new KeptAttributions(init.context.clock);
  }

  async reader(cluster: string, signal: AbortSignal): Promise<PlanningConnection> {
    const { client, access } = await this.#reader(cluster, signal);
    return {
      server: access.server.origin,
      get: (path, until) => client.get(path, until),
      list: (path, query, until) => client.list(path, query, until),
      allowed: (permission, where, until) => client.allowed(permission, where, until),
      allowedFor: (user, permission, where, until) => client.allowedFor(user, permission, where, until),
      version: (until) => client.version(until),
      acting: async (until) => {
        const attribution = await unlessAborted(this.#attribution(cluster, 'read', client), until);
        return attribution.kind === 'impersonated'
          ? actingAs(client.as({ user: attribution.user, extra: {} }), '', attribution.user)
          : actingAs(client, attributionNote(attribution, cluster));
      },
    };
  }

  async forRun(cluster: string, assumed: AssumedIdentity, signal: AbortSignal): Promise<RunConnection> {
    const { client, close } = await this.#ownConnection(cluster, assumed, signal);
    try {
      const attribution = await unlessAborted(this.#attribution(cluster, assumed.identity, client), signal);
      return {
        client:
          attribution.kind === 'impersonated'
            ? client.as(impersonationFor(cluster, assumed.onBehalfOf))
            : explainedClient(client, {
                explain: async (failure) => withAttribution(failure, attribution, cluster),
              }),
        [Symbol.dispose]: close,
      };
    } catch (thrown) {
      close();
      throw thrown;
    }
  }

  async look(cluster: string, identity: Identity, signal: AbortSignal): Promise<Look> {
    const { client, access, close } = await this.#ownConnection(cluster, { identity }, signal);
    return {
      server: access.server.origin,
      ...(access.caPem === undefined
        ? { trust: 'a public CA' }
        : { trust: 'its own CA', caPem: access.caPem }),
      caller: (until) => access.caller(until),
      allowedAs: (user) => {
        const other = client.as({ user, extra: {} });
        return (permission, where, until) => other.allowed(permission, where, until);
      },
      whoAmI: (until) => client.whoAmI(until),
      rulesIn: (namespace, until) => client.rulesIn(namespace, until),
      get: (path, until) => client.get(path, until),
      list: (path, query, until) => client.list(path, query, until),
      allowed: (permission, where, until) => client.allowed(permission, where, until),
      allowedFor: (user, permission, where, until) => client.allowedFor(user, permission, where, until),
      version: (until) => client.version(until),
      [Symbol.dispose]: close,
    };
  }

  async close(): Promise<void> {
    for (const client of this.#own) client.close();
    const connections = await Promise.allSettled(this.#readers.values());
    for (const connection of connections)
      if (connection.status === 'fulfilled') connection.value.client.close();
  }

  /** One identity for all is one in this too, whichever name it is used by. */
  #attribution(cluster: string, identity: Identity, client: OpenedClient): Promise<Attribution> {
    const entry = this.#configured(cluster);
    const same = entry.identities === 'one for all' && identity === 'read';
    return this.#attributions.of(entry, same ? 'act' : identity, client);
  }

  async #ownConnection(
    cluster: string,
    as: Assumed,
    signal: AbortSignal,
  ): Promise<Connection & { readonly close: () => void }> {
    const connecting = this.#inTime(cluster, as);
    try {
      const connection = await unlessAborted(connecting, signal);
      const { client } = connection;
      this.#own.add(client);
      const close = (): void => {
        this.#own.delete(client);
        client.close();
      };
      return { ...connection, close };
    } catch (thrown) {
      // Nobody waits for it any more.
      connecting.then(
        ({ client }) => client.close(),
        () => undefined,
      );
      throw thrown;
    }
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

  #configured(name: string): ConfiguredCluster {
    const cluster = this.#init.clusters.find((candidate) => candidate.name === name);
    if (cluster !== undefined) return cluster;
    throw new FirebreakError({
      code: 'cluster-unknown',
      message: `There is no cluster ${name} in the configuration.`,
      next: 'See `/k8s clusters`.',
    });
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
    const cluster = this.#configured(name);
    const context: CloudContext = { ...this.#init.context, cluster: name, ...as };
    const connect = (until: AbortSignal): Promise<ClusterAccess> =>
      cluster.cloud.access.connect(cluster.options[as.identity], context, until);
    const access = await connect(signal);
    const { onBehalfOf } = as;
    const opened = this.#init.open(access, name, {
      reconnect: connect,
      ...(onBehalfOf === undefined ? {} : { onBehalfOf }),
    });
    return { access, client: explained(opened, access) };
  }
}
