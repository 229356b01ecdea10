import { execFileSync } from 'node:child_process';
import type { StandInCluster } from '../../sandbox/cluster/stand-in-cluster.ts';
import { outputOf } from '../../sandbox/cluster/testing/exec-over-websocket.ts';
import { podOf, startNetworkScene } from '../../sandbox/cluster/testing/network-scene.ts';
import { createToolImage } from '../../sandbox/cluster/tool-image/create-tool-image.ts';
import type { Write } from '../../src/core/change.ts';
import { madeUid } from '../../src/core/change.ts';
import type { WriteRequest } from '../../src/core/cluster.ts';
import { stands } from '../../src/core/field-at.ts';
import { FirebreakError } from '../../src/core/firebreak-error.ts';
import {
  DEFAULT_FOOTHOLDS,
  DEFAULT_ISOLATION,
  FOOTHOLD_CONTAINER,
  footholdName,
} from '../../src/core/foothold.ts';
import { type Netns, netnsName, netnsTable } from '../../src/core/netns.ts';
import { OBJECT_PATH } from '../../src/core/structure.ts';
import { collectionPath, targetPath } from '../../src/core/target.ts';
import type { KubernetesClient } from '../../src/kubernetes/cluster-client.ts';
import { systemClock } from '../../src/runtime/system-clock.ts';
import { nodePod } from '../../src/verbs/footholds/node-pod.ts';
import { openNodeSide } from '../../src/verbs/isolate/netns/open-node-side.ts';
import { clientOf, fixedAccess } from '../kubernetes/client-of.ts';

const TOOLS = `registry.example/firebreak/tools@sha256:${'0'.repeat(64)}`;
export const RUN = 'FB-2026-0001-1';
const NAMES = { run: RUN, case: 'FB-2026-0001' };
const NODES = DEFAULT_FOOTHOLDS.nodeNamespace;
const NODE_POD = `${footholdName('node pod', RUN)}-abcde`;
const NEVER = new AbortController().signal;
const NODE_ADDRESS = '10.88.0.1';

const tools = createToolImage();
/** Why the tests of this scene can't run on this machine; empty when they can. */
export const lacks = typeof tools === 'string' ? tools : tools.missing;

/** A cluster with a pod network that enforces nothing, and Firebreak's pod on its node. */
export interface NetnsScene {
  readonly cluster: StandInCluster;
  readonly client: KubernetesClient;
  rules(pod: string, ports: readonly number[]): Rules;
  /** Runs a shell in Firebreak's pod on the node. */
  onNode(script: string): Promise<string>;
  /** What a program of this machine prints in the pod's network namespace. */
  inside(pod: string, ...command: readonly string[]): string;
  readonly close: () => Promise<void>;
}

/** What a run would do with the rules of one pod. */
export interface Rules {
  readonly table: string;
  /** What the ledger would hold. */
  readonly text: string;
  get(): Promise<unknown>;
  try(): Promise<unknown>;
  load(): Promise<unknown>;
  /** As a run that takes them away: what it finds, and the deletion that is bound to it. */
  readonly ending: { get(): Promise<unknown>; remove(found: unknown): Promise<unknown> };
  isAsMade(found: unknown): boolean;
}

/** The code of the error that it ends with. */
export const codeOf = (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => 'no error',
    (thrown: unknown) => (thrown instanceof FirebreakError ? thrown.code : String(thrown)),
  );

export const startNetnsScene = async (): Promise<NetnsScene> => {
  const cluster = await startNetworkScene({ enforcement: 'none', connections: 'kept' });
  const client = clientOf(fixedAccess(new URL(cluster.url), cluster.caPem, cluster.token('admin')));
  if (typeof tools !== 'string') cluster.addImage(TOOLS, tools.image);
  cluster.addObject({ ...{ apiVersion: 'v1', kind: 'Namespace', metadata: { name: NODES } } });
  await startNodePod(cluster, client);
  const inside: NetnsScene['inside'] = (pod, ...command) => {
    const [ns = '', name = ''] = pod.split('/');
    const pid = String(cluster.containerPid(ns, name, 'app'));
    return execFileSync('nsenter', ['-t', pid, '-n', '--', ...command], { encoding: 'utf8' });
  };
  return {
    ...{ cluster, client, inside },
    onNode: (script) =>
      outputOf(cluster, {
        ...{ namespace: NODES, pod: NODE_POD, container: FOOTHOLD_CONTAINER },
        command: ['/bin/busybox', 'sh', '-c', script],
      }),
    rules: (pod, ports) => rulesOf(cluster, client, pod, ports),
    close: async () => {
      client.close();
      await cluster.close();
    },
  };
};

/** The pod of the Job, under its name and with its labels, without the controllers that would make it. */
const startNodePod = async (cluster: StandInCluster, client: KubernetesClient): Promise<void> => {
  const order = { ...NAMES, toolImage: TOOLS, deadlineSeconds: 600 };
  const job = nodePod(order, { namespace: NODES, node: 'node-a' });
  const made = await client.write({
    ...{ method: 'POST', mode: 'for real', signal: NEVER, body: job },
    path: { group: 'batch', version: 'v1', resource: 'jobs', namespace: NODES },
  });
  const uid = String(Object(Object(made).metadata).uid);
  const { name } = job.metadata;
  const { metadata, spec } = job.spec.template;
  const owner = {
    apiVersion: 'batch/v1',
    kind: 'Job',
    name,
    uid,
    controller: true,
    blockOwnerDeletion: true,
  };
  const base = podOf(NODES, NODE_POD, metadata.labels, { ...spec, containers: [...spec.containers] });
  await cluster.addPod({ ...base, metadata: { ...base.metadata, ownerReferences: [owner] } });
};

const rulesOf = (
  cluster: StandInCluster,
  client: KubernetesClient,
  pod: string,
  ports: readonly number[],
): Rules => {
  const [namespace = '', name = ''] = pod.split('/');
  const uid = cluster.object({ group: '', resource: 'pods', namespace, name })?.metadata.uid ?? '';
  const table = netnsTable(RUN);
  const body: Netns = {
    kind: 'NetworkNamespace',
    metadata: { name: netnsName(name, RUN), namespace },
    spec: {
      ...{ pod: { namespace, name, uid }, node: 'node-a', toolImage: TOOLS, table },
      admits: { from: [NODE_ADDRESS], ports },
    },
  };
  const text = JSON.stringify(body);
  const object = { kind: 'netns', namespace, name: netnsName(name, RUN) } as const;
  const side = (before: string | null, after: string | null) => {
    const write: Write = {
      object: { ...object, uid: madeUid(object) },
      fields: [{ path: OBJECT_PATH, before, after }],
    };
    return openNodeSide({
      ...{ cluster: client, nodes: client, names: NAMES, writes: [write], clock: systemClock },
      entry: {
        ...{ name: 'lab', provider: 'kubeconfig', parts: [], namespaces: [], identities: 'one for all' },
        guard: { floorApprovals: 0, protectedNamespaces: [], protectedLabels: {} },
        ...{ footholds: DEFAULT_FOOTHOLDS, isolation: DEFAULT_ISOLATION, toolImage: TOOLS },
      },
    });
  };
  const making = side(null, text);
  const ending = side(text, null);
  const post = (mode: WriteRequest['mode']) =>
    making.write({ method: 'POST', path: collectionPath(object), mode, signal: NEVER, body });
  return {
    ...{ table, text },
    get: () => making.get(targetPath(object), NEVER),
    try: () => post('dry run'),
    load: () => post('for real'),
    ending: {
      get: () => ending.get(targetPath(object), NEVER),
      remove: (found) => {
        const { uid: seen, resourceVersion } = Object(Object(found).metadata);
        const bound = { uid: String(seen), resourceVersion: String(resourceVersion) };
        return ending.write({
          ...{ method: 'DELETE', path: targetPath(object), mode: 'for real', signal: NEVER, bound },
        });
      },
    },
    isAsMade: (found) => stands(found, OBJECT_PATH, text),
  };
};
