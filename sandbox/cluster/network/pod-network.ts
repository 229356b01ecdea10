import type { KubeObject } from '../api/kube-object.ts';
import type { ObjectStore } from '../api/object-store.ts';
import type { Pod } from '../api/pod.ts';
import type { Machine } from '../runtime/machine.ts';
import { namespace } from '../world/objects.ts';
import { PORTS } from './addresses.ts';
import { isDnsPod } from './cluster-services.ts';
import { findName } from './dns/find-name.ts';
import { serveDns } from './dns/serve-dns.ts';
import { linkPod } from './link-pod.ts';
import type { NetworkMode } from './network-mode.ts';
import type { NetworkPod } from './network-pod.ts';
import { findNetworkTools, type NetworkTools } from './network-tools.ts';
import { type NodeNamespace, startNodeNamespace } from './node-namespace.ts';
import type { NodeServices } from './node-services.ts';
import { NODE_SOCKETS } from './node-sockets.ts';
import { nodeRules } from './rules/node-rules.ts';
import { serveNode } from './serve-node.ts';
import { type BorrowedSockets, borrowSockets } from './sockets/borrow-sockets.ts';

export interface PodNetworkOptions {
  readonly machine: Machine;
  readonly store: ObjectStore;
  readonly mode: NetworkMode;
}

/** Resources whose changes may change a rule. */
const WATCHED = new Set([
  ...['pods', 'namespaces', 'nodes', 'services', 'endpointslices', 'networkpolicies'],
  'adminnetworkpolicies',
]);

interface Linked {
  readonly ip: string;
  object: KubeObject;
  sockets: BorrowedSockets | undefined;
}

/** Links pods to each other and to the node, and keeps the node's rules as the objects of the cluster want them. */
export class PodNetwork {
  readonly #store: ObjectStore;
  readonly #machine: Machine;
  readonly #tools: NetworkTools;
  readonly #node: NodeNamespace;
  readonly #pods = new Map<string, Linked>();
  readonly #unwatch: () => void;
  #mode: NetworkMode;
  readonly #nodeSockets: Promise<BorrowedSockets>;
  #rules = '';
  #isStale = false;
  #writing: Promise<void> | undefined;

  private constructor({ machine, store, mode }: PodNetworkOptions, tools: NetworkTools, node: NodeNamespace) {
    this.#store = store;
    this.#machine = machine;
    this.#tools = tools;
    this.#node = node;
    this.#mode = mode;
    this.#nodeSockets = borrowSockets(machine.tools.nsenter, node.pid, NODE_SOCKETS);
    this.#nodeSockets.catch(() => undefined);
    this.#unwatch = store.watch(Number(store.resourceVersion), ({ key }) => {
      if (WATCHED.has(key.resource)) void this.#refresh().catch(() => undefined);
    });
  }

  /** Starts the node's network, or says in one sentence why this machine has none. */
  static async start(options: PodNetworkOptions): Promise<PodNetwork | string> {
    const tools = findNetworkTools();
    if (typeof tools === 'string') return tools;
    if (options.machine.privilege !== 'root') return 'this machine has no pod network: it takes root';
    try {
      return new PodNetwork(options, tools, await startNodeNamespace(options.machine, tools));
    } catch (error) {
      const said = error instanceof Error ? error.message : String(error);
      return `this machine has no pod network: ${said.replaceAll(/\s*\n\s*/g, '; ')}`;
    }
  }

  get nodePid(): number {
    return this.#node.pid;
  }

  /** Runs a program of the host in the node's network, to its end. Rejects with its stderr when it fails. */
  runOnNode(command: readonly string[]): Promise<string> {
    return this.#node.run(command);
  }

  /** Makes the node's own addresses answer. Until then a connection to them is cut. */
  async serve(services: NodeServices): Promise<void> {
    serveNode(await this.#nodeSockets, this.#store, services);
  }

  /** Gives the pod whose sandbox is the process `pid` its link. When this resolves, the rules know of it. */
  async attach(pod: Pod, ip: string, pid: number): Promise<void> {
    const { nsenter, sh } = this.#machine.tools;
    await linkPod(this.#node, { ...this.#tools, nsenter, sh }, pid, ip);
    const linked: Linked = { ip, object: pod, sockets: undefined };
    this.#pods.set(pod.metadata.uid, linked);
    if (isDnsPod(pod)) linked.sockets = await this.#serveNames(pid);
    await this.#refresh();
  }

  /** Forgets a pod whose sandbox has ended. Its link has gone with it. */
  async detach(uid: string): Promise<void> {
    this.#pods.get(uid)?.sockets?.close();
    if (this.#pods.delete(uid)) await this.#refresh();
  }

  async setMode(mode: NetworkMode): Promise<void> {
    this.#mode = mode;
    await this.#refresh();
  }

  /** Resolves when the rules are those that the objects of now want. */
  settled(): Promise<void> {
    return this.#refresh();
  }

  async stop(): Promise<void> {
    this.#unwatch();
    await this.#writing?.catch(() => undefined);
    await this.#nodeSockets.then((sockets) => sockets.close()).catch(() => undefined);
    for (const { sockets } of this.#pods.values()) sockets?.close();
    await this.#node.stop();
  }

  async #serveNames(pid: number): Promise<BorrowedSockets> {
    const at = { address: '0.0.0.0', port: PORTS.dns };
    const sockets = await borrowSockets(this.#machine.tools.nsenter, pid, [
      { protocol: 'udp', ...at },
      { protocol: 'tcp', ...at },
    ]);
    serveDns(sockets.udp(at.address, at.port), sockets.tcp(at.address, at.port), (name) =>
      findName(this.#store, name),
    );
    return sockets;
  }

  /** One writer at a time; changes that come while it writes are written together afterwards. */
  #refresh(): Promise<void> {
    this.#isStale = true;
    this.#writing ??= this.#write().finally(() => {
      this.#writing = undefined;
    });
    return this.#writing;
  }

  async #write(): Promise<void> {
    // A request that changes several objects does so in one turn of the event loop.
    await new Promise((resolve) => setImmediate(resolve));
    while (this.#isStale) {
      this.#isStale = false;
      const rules = this.#wanted();
      if (rules === this.#rules) continue;
      await this.#node.run([this.#tools.nft, '-f', '-'], rules);
      this.#rules = rules;
    }
  }

  #wanted(): string {
    const store = this.#store;
    return nodeRules({
      mode: this.#mode,
      pods: this.#linkedPods(),
      nodes: store.list('', 'nodes', ''),
      policies: store.list('networking.k8s.io', 'networkpolicies', ''),
      adminPolicies: store.list('policy.networking.k8s.io', 'adminnetworkpolicies', ''),
      services: store.list('', 'services', ''),
      slices: store.list('discovery.k8s.io', 'endpointslices', ''),
    });
  }

  /** A pod that the store has lost but that still runs stays as it was last seen. */
  #linkedPods(): readonly NetworkPod[] {
    return [...this.#pods].map(([uid, linked]) => {
      const { name, namespace: ns = '' } = linked.object.metadata;
      const now = this.#store.get({ group: '', resource: 'pods', namespace: ns, name });
      if (now?.metadata.uid === uid) linked.object = now;
      const key = { group: '', resource: 'namespaces', namespace: '', name: ns };
      return { ip: linked.ip, object: linked.object, namespace: this.#store.get(key) ?? namespace(ns) };
    });
  }
}
