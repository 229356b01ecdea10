import type { ClusterClient, ClusterWriter, ResourcePath } from '../core/cluster.ts';
import type { ClusterEntry } from '../core/cluster-entry.ts';
import { NODE_SIDE } from '../core/made-kind.ts';
import type { NodeSide } from '../core/node-side.ts';
import type { AssumedIdentity, RunConnection } from './clusters.ts';
import type { FlowDeps } from './deps.ts';
import type { Run } from './ledger.ts';

type ActingDeps = Pick<FlowDeps, 'clusters' | 'nodeSide' | 'clock'>;

/** The cluster by an identity that is assumed for this run. */
const assumed = (
  { clusters }: Pick<FlowDeps, 'clusters'>,
  run: Run,
  identity: AssumedIdentity['identity'],
  signal: AbortSignal,
): Promise<RunConnection> =>
  clusters.forRun(
    run.plan.cluster.name,
    {
      identity,
      onBehalfOf: {
        run: run.id,
        case: run.case,
        requester: run.requester.user,
        approvers: run.decisions
          .filter(({ verdict }) => verdict === 'approve')
          .map(({ person }) => person.user),
      },
    },
    signal,
  );

/**
 * The cluster by the identity that acts, assumed for this run. What lies on a node, and the pods by which it is reached, go
 * by the identity for nodes where the cluster has one: it is assumed when the run comes to that.
 */
export const actingFor = async (deps: ActingDeps, run: Run, signal: AbortSignal): Promise<RunConnection> => {
  const acting = await assumed(deps, run, 'act', signal);
  const entry = deps.clusters.entries.find(({ name }) => name === run.plan.cluster.name);
  if (entry === undefined || !run.plan.writes.some(({ object }) => object.kind === 'netns')) return acting;
  return new WithNodes(deps, run, entry, acting);
};

type Client = ClusterClient & ClusterWriter;

class WithNodes implements RunConnection {
  readonly client: Client;
  readonly #deps: ActingDeps;
  readonly #run: Run;
  readonly #entry: ClusterEntry;
  readonly #acting: RunConnection;
  readonly #opened: RunConnection[] = [];
  #nodes: Promise<Client> | undefined;

  constructor(deps: ActingDeps, run: Run, entry: ClusterEntry, acting: RunConnection) {
    this.#deps = deps;
    this.#run = run;
    this.#entry = entry;
    this.#acting = acting;
    this.client = {
      ...acting.client,
      get: async (path, signal) => (await this.#for(path, signal)).get(path, signal),
      write: async (request) => (await this.#for(request.path, request.signal)).write(request),
    };
  }

  [Symbol.dispose](): void {
    for (const one of [this.#acting, ...this.#opened]) one[Symbol.dispose]();
  }

  async #for(path: ResourcePath, signal: AbortSignal): Promise<NodeSide> {
    const { footholds } = this.#entry;
    if (path.group === NODE_SIDE) return this.#side(await this.#nodesClient(signal));
    return path.namespace === footholds.nodeNamespace ? await this.#nodesClient(signal) : this.#acting.client;
  }

  #side(nodes: Client): NodeSide {
    const { id: run, case: caseId, plan } = this.#run;
    return this.#deps.nodeSide({
      ...{ cluster: this.#acting.client, nodes, entry: this.#entry, clock: this.#deps.clock },
      ...{ names: { run, case: caseId }, writes: plan.writes },
    });
  }

  /** A failure is not kept: the next call tries anew. */
  #nodesClient(signal: AbortSignal): Promise<Client> {
    if (this.#entry.nodeIdentity === undefined) return Promise.resolve(this.#acting.client);
    this.#nodes ??= assumed(this.#deps, this.#run, 'node', signal).then((connection) => {
      this.#opened.push(connection);
      return connection.client;
    });
    this.#nodes.catch(() => {
      this.#nodes = undefined;
    });
    return this.#nodes;
  }
}
