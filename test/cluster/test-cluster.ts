import { homedir } from 'node:os';
import { resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { z } from 'zod';
import { kubeconfig } from '../../src/clouds/kubeconfig.ts';
import type { CloudContext } from '../../src/core/cloud.ts';
import type { ResourcePath } from '../../src/core/cluster.ts';
import { FirebreakError } from '../../src/core/firebreak-error.ts';
import { createClusterClient, type KubernetesClient } from '../../src/kubernetes/cluster-client.ts';
import { systemClock } from '../../src/runtime/system-clock.ts';

/** How long a node may take to pull an image and start it. */
const START_MS = 120_000;
const LOOK_EVERY_MS = 500;

const environmentSchema = z.object({
  TEST_KUBECONFIG: z
    .string()
    .min(1)
    .transform((path) => resolve(path)),
  TEST_CONTEXT: z.string().min(1).optional(),
  TEST_IMAGE: z.string().min(1).default('busybox:1.36'),
  TEST_NO_SHELL_IMAGE: z.string().min(1).default('traefik/whoami:v1.10'),
  TEST_NAMESPACE: z.string().min(1).optional(),
  TEST_POD: z.string().min(1).optional(),
  TEST_CONTAINER: z.string().min(1).optional(),
  TEST_CORDON_NODE: z.string().min(1).optional(),
  TEST_TOOL_IMAGE: z.string().min(1).optional(),
});

const podSchema = z.looseObject({
  metadata: z.looseObject({ uid: z.string() }),
  spec: z.looseObject({ containers: z.array(z.looseObject({ name: z.string() })).min(1) }),
  status: z.looseObject({
    podIP: z.string().default(''),
    containerStatuses: z
      .array(
        z.looseObject({
          restartCount: z.int(),
          state: z.looseObject({ running: z.unknown().optional() }),
        }),
      )
      .default([]),
  }),
});
export type SeenPod = z.infer<typeof podSchema>;

/** The cluster of TEST_KUBECONFIG, as the suite itself uses it: to make a scene and to look at it from outside. */
export interface TestCluster extends AsyncDisposable {
  readonly kubeconfig: string;
  readonly context: string | undefined;
  readonly namespace: string;
  /** A pod that runs, and the container to read. */
  readonly pod: string;
  readonly container: string;
  /** `made`: a namespace of its own, in which the suite may make and delete what it likes. */
  readonly scene: 'made' | 'given';
  /** Creates a pod of one container; the spec's parts are added to what every cluster admits. */
  addPod(name: string, container: Readonly<Record<string, unknown>>): Promise<void>;
  add(path: ResourcePath, body: unknown): Promise<unknown>;
  /** Labels, annotations and what else a change could touch, as the server has it now. */
  see(path: ResourcePath): Promise<SeenObject>;
  /** A node that can be cordoned without harm, or why there is none. */
  cordonable(): Promise<{ readonly node: string } | string>;
  /** Takes off a node whatever Firebreak put on it since `before`, whatever became of the suite. */
  restore(node: string, before: SeenObject): Promise<void>;
  deletePod(name: string): Promise<void>;
  /** Waits until the server, which only tries it, refuses to delete or to evict the pod, and says with which code. */
  refuses(what: 'deletion' | 'eviction', name: string): Promise<string>;
  /** Takes away what a run made outside of the namespace, whatever became of the suite: the namespace could not go. */
  forget(run: string): Promise<void>;
  /** Waits until the pod is as asked. Throws with what it is like after two minutes. */
  podWhen(name: string, isSo: (pod: SeenPod) => boolean): Promise<SeenPod>;
  /** What a command printed in the container, by an exec of the suite's own; in another pod's container `app`, if it is named. */
  run(command: readonly string[], pod?: string): Promise<string>;
  /** The tool image that TEST_TOOL_IMAGE names, and the namespace of its own where its probe pods go. */
  readonly footholds: { readonly toolImage: string; readonly namespace: string } | undefined;
  readonly images: { readonly shell: string; readonly noShell: string };
}

const seenSchema = z.looseObject({
  metadata: z.looseObject({
    uid: z.string(),
    generation: z.int().optional(),
    labels: z.record(z.string(), z.string()).default({}),
    annotations: z.record(z.string(), z.string()).default({}),
    managedFields: z.array(z.looseObject({ manager: z.string() })).default([]),
  }),
  spec: z.looseObject({ unschedulable: z.boolean().default(false), template: z.unknown().optional() }),
});
export type SeenObject = z.infer<typeof seenSchema>;

/** What a cordon sets beside the one field: labels and annotations. */
const OURS = [
  'firebreak.dev/case',
  'firebreak.dev/run',
  'cluster-autoscaler.kubernetes.io/scale-down-disabled',
  'karpenter.sh/do-not-disrupt',
] as const;

const PODS = { group: '', version: 'v1', resource: 'pods' } as const;
const ADMISSION = { group: 'admissionregistration.k8s.io', version: 'v1' } as const;
/** What a hold or an isolation makes that is in no namespace. */
const OUTSIDE = [
  { ...ADMISSION, resource: 'validatingadmissionpolicybindings' },
  { ...ADMISSION, resource: 'validatingadmissionpolicies' },
  { group: 'policy.networking.k8s.io', version: 'v1alpha1', resource: 'adminnetworkpolicies' },
] as const;
const NODES = { group: '', version: 'v1', resource: 'nodes' } as const;

export const isRunning = ({ status }: SeenPod): boolean =>
  status.containerStatuses.length > 0 &&
  status.containerStatuses.every(({ state }) => state.running !== undefined);

/** What the restricted Pod Security Standard asks for, so that the pod is admitted everywhere. */
const RESTRICTED = {
  runAsNonRoot: true,
  runAsUser: 65534,
  runAsGroup: 65534,
  allowPrivilegeEscalation: false,
  capabilities: { drop: ['ALL'] },
  seccompProfile: { type: 'RuntimeDefault' },
} as const;

/**
 * Connects to the cluster and makes a namespace with a pod in it, or takes the ones that TEST_NAMESPACE and TEST_POD
 * name and changes nothing then. Disposing deletes the namespace that was made.
 */
export const openTestCluster = async (): Promise<TestCluster> => {
  const given = environmentSchema.parse(process.env);
  const signal = new AbortController().signal;
  const options = {
    path: given.TEST_KUBECONFIG,
    ...(given.TEST_CONTEXT === undefined ? {} : { context: given.TEST_CONTEXT }),
  };
  const place: CloudContext = {
    ...{ cluster: 'test', identity: 'act', home: homedir(), baseDir: process.cwd() },
    clock: systemClock,
    environment: process.env,
  };
  const client = createClusterClient({
    access: await kubeconfig.access.connect(options, place, signal),
    cluster: 'test',
    userAgent: 'firebreak-acceptance',
    clock: systemClock,
    proxyEnvironment: process.env,
  });
  const scene =
    given.TEST_NAMESPACE !== undefined && given.TEST_POD !== undefined
      ? { kind: 'given' as const, namespace: given.TEST_NAMESPACE, pod: given.TEST_POD }
      : { kind: 'made' as const, namespace: `firebreak-${crypto.randomUUID().slice(0, 8)}`, pod: 'suspect' };
  const { namespace } = scene;
  const add = (path: ResourcePath, body: unknown): Promise<unknown> =>
    client.request({ method: 'POST', path, body, signal });
  const addPod: TestCluster['addPod'] = async (name, container) => {
    await add(
      { ...PODS, namespace },
      {
        apiVersion: 'v1',
        kind: 'Pod',
        metadata: { name, namespace, labels: { app: name } },
        spec: {
          terminationGracePeriodSeconds: 0,
          containers: [
            {
              name: 'app',
              image: given.TEST_IMAGE,
              securityContext: RESTRICTED,
              resources: { limits: { memory: '128Mi' }, requests: { memory: '32Mi', cpu: '10m' } },
              ...container,
            },
          ],
        },
      },
    );
  };
  const podWhen = podWatcher(client, namespace);
  const namespaces = { group: '', version: 'v1', resource: 'namespaces' } as const;
  const footholds =
    given.TEST_TOOL_IMAGE === undefined || scene.kind === 'given'
      ? undefined
      : { toolImage: given.TEST_TOOL_IMAGE, namespace: `${namespace}-footholds` };
  const made: string[] = [];
  const makeNamespace = async (name: string, labels: Readonly<Record<string, string>>): Promise<void> => {
    await add(namespaces, { apiVersion: 'v1', kind: 'Namespace', metadata: { name, labels } });
    made.push(name);
    await serviceAccountIn(client, name);
  };
  const dispose = async (): Promise<void> => {
    for (const name of made.toReversed())
      await client.request({
        method: 'DELETE',
        path: { ...namespaces, name },
        body: { apiVersion: 'v1', kind: 'DeleteOptions', propagationPolicy: 'Background' },
        signal,
      });
    client.close();
  };
  try {
    if (scene.kind === 'made') {
      await makeNamespace(namespace, {});
      if (footholds !== undefined)
        await makeNamespace(footholds.namespace, { 'pod-security.kubernetes.io/enforce': 'restricted' });
      await addPod(scene.pod, { command: ['sh', '-c', 'echo ready; exec sleep 86400'] });
    }
    const { spec } = await podWhen(scene.pod, isRunning);
    const container = given.TEST_CONTAINER ?? spec.containers[0]?.name ?? '';
    return {
      kubeconfig: given.TEST_KUBECONFIG,
      context: given.TEST_CONTEXT,
      namespace,
      pod: scene.pod,
      container,
      scene: scene.kind,
      footholds,
      images: { shell: given.TEST_IMAGE, noShell: given.TEST_NO_SHELL_IMAGE },
      add,
      addPod,
      podWhen,
      see: async (path) => seenSchema.parse(await client.get(path, signal)),
      cordonable: async () => {
        if (given.TEST_CORDON_NODE !== undefined) return { node: given.TEST_CORDON_NODE };
        const nodes = z
          .array(seenSchema.and(z.looseObject({ metadata: z.looseObject({ name: z.string() }) })))
          .parse(await client.list(NODES, {}, signal))
          .filter(({ spec }) => !spec.unschedulable);
        const last = nodes.at(-1)?.metadata.name;
        return nodes.length < 2 || last === undefined
          ? 'the cluster has no second node that takes pods: name one in TEST_CORDON_NODE'
          : { node: last };
      },
      restore: async (node, before) => {
        const { spec, metadata } = seenSchema.parse(await client.get({ ...NODES, name: node }, signal));
        const back = (now: Readonly<Record<string, string>>, was: Readonly<Record<string, string>>) =>
          Object.fromEntries(
            OURS.filter((key) => now[key] !== was[key]).map((key) => [key, was[key] ?? null]),
          );
        await client.write({
          method: 'PATCH',
          type: 'merge',
          path: { ...NODES, name: node },
          body: {
            spec: spec.unschedulable === before.spec.unschedulable ? {} : { unschedulable: null },
            metadata: {
              labels: back(metadata.labels, before.metadata.labels),
              annotations: back(metadata.annotations, before.metadata.annotations),
            },
          },
          mode: 'for real',
          signal,
        });
      },
      deletePod: async (name) => {
        await client.request({ method: 'DELETE', path: { ...PODS, namespace, name }, signal });
        await untilGone(client, namespace, name);
      },
      refuses: (what, name) => refusal(client, { ...PODS, namespace, name }, what),
      forget: async (run) => {
        for (const kind of OUTSIDE)
          await client
            .request({ method: 'DELETE', path: { ...kind, name: `firebreak-${run.toLowerCase()}` }, signal })
            .catch(unlessGone);
      },
      run: async (command, pod) => {
        const where = pod === undefined ? { pod: scene.pod, container } : { pod, container: 'app' };
        const session = await client.exec({ namespace, ...where, command, signal });
        session.endStdin();
        const pieces: Uint8Array[] = [];
        for await (const piece of session.stdout) pieces.push(piece);
        for await (const piece of session.stderr) void piece;
        await session.status;
        return Buffer.concat(pieces).toString('utf8');
      },
      [Symbol.asyncDispose]: dispose,
    };
  } catch (error) {
    await dispose();
    throw error;
  }
};

const podWatcher =
  (client: KubernetesClient, namespace: string): TestCluster['podWhen'] =>
  async (name, isSo) => {
    const signal = new AbortController().signal;
    const end = performance.now() + START_MS;
    for (;;) {
      const pod = podSchema.parse(await client.get({ ...PODS, namespace, name }, signal));
      if (isSo(pod)) return pod;
      if (performance.now() > end)
        throw new Error(`pod ${name} in ${namespace} is still: ${JSON.stringify(pod.status)}`);
      await delay(LOOK_EVERY_MS);
    }
  };

const DRY_RUN = { dryRun: ['All'] } as const;

const tries = {
  deletion: (path: ResourcePath & { readonly name: string }) => ({
    method: 'DELETE' as const,
    path,
    body: { apiVersion: 'v1', kind: 'DeleteOptions', ...DRY_RUN },
  }),
  eviction: (path: ResourcePath & { readonly name: string }) => ({
    method: 'POST' as const,
    path: { ...path, subresource: 'eviction' },
    body: {
      apiVersion: 'policy/v1',
      kind: 'Eviction',
      metadata: { name: path.name, namespace: path.namespace },
      deleteOptions: DRY_RUN,
    },
  }),
};

/** A server takes a moment until a new policy is in effect. */
const refusal = async (
  client: KubernetesClient,
  path: ResourcePath & { readonly name: string },
  what: keyof typeof tries,
): Promise<string> => {
  const end = performance.now() + START_MS;
  for (;;) {
    try {
      await client.request({ ...tries[what](path), signal: new AbortController().signal });
    } catch (thrown) {
      if (thrown instanceof FirebreakError) return thrown.code;
      throw thrown;
    }
    if (performance.now() > end) throw new Error(`the ${what} of pod ${path.name} is not refused`);
    await delay(LOOK_EVERY_MS);
  }
};

const unlessGone = (thrown: unknown): void => {
  if (!(thrown instanceof FirebreakError && thrown.code === 'not-found')) throw thrown;
};

const untilGone = async (client: KubernetesClient, namespace: string, name: string): Promise<void> => {
  const signal = new AbortController().signal;
  for (;;) {
    try {
      await client.get({ ...PODS, namespace, name }, signal);
    } catch (thrown) {
      if (thrown instanceof FirebreakError && thrown.code === 'not-found') return;
      throw thrown;
    }
    await delay(LOOK_EVERY_MS);
  }
};

/** A pod is refused until the controller has made the namespace's default service account. */
const serviceAccountIn = async (client: KubernetesClient, namespace: string): Promise<void> => {
  const path = { group: '', version: 'v1', resource: 'serviceaccounts', namespace, name: 'default' };
  const end = performance.now() + START_MS;
  for (;;) {
    try {
      await client.get(path, new AbortController().signal);
      return;
    } catch (thrown) {
      if (performance.now() > end) throw thrown;
      await delay(LOOK_EVERY_MS);
    }
  }
};
