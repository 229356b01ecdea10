import type { KubeObject } from '../../sandbox/cluster/api/kube-object.ts';
import type { NetworkMode } from '../../sandbox/cluster/network/network-mode.ts';
import type { StandInCluster } from '../../sandbox/cluster/stand-in-cluster.ts';
import { callApi } from '../../sandbox/cluster/testing/call-api.ts';
import { podOf, startNetworkScene } from '../../sandbox/cluster/testing/network-scene.ts';
import { createToolImage } from '../../sandbox/cluster/tool-image/create-tool-image.ts';
import type { Canary } from '../../src/core/foothold.ts';
import type { Proof, ProofTargets } from '../../src/core/proof.ts';
import type { KubernetesClient } from '../../src/kubernetes/cluster-client.ts';
import { systemClock } from '../../src/runtime/system-clock.ts';
import { proofTargets } from '../../src/verbs/isolate/prove/proof-targets.ts';
import { type KnownBefore, type ProveContext, prove } from '../../src/verbs/isolate/prove/prove.ts';
import type { ProofPlaces } from '../../src/verbs/isolate/prove/try-both-ways.ts';
import { clientOf, fixedAccess } from '../kubernetes/client-of.ts';

const TOOLS = 'registry.example/firebreak/tools@sha256:0';
const FOOTHOLD = 'firebreak-fb-2026-0001-1';
const RUN = 'fb-2026-0001-1';
const NEVER = new AbortController().signal;

const tools = createToolImage();
/** Why the tests of this scene can't run on this machine; empty when they can. */
export const lacks = typeof tools === 'string' ? tools : tools.missing;

/** A cluster with a pod network, a tool image and a pod of Firebreak's outside of every isolation. */
export interface ProofScene {
  readonly cluster: StandInCluster;
  readonly client: KubernetesClient;
  /** Adds a foothold beside a pod, and gives what its proof needs. */
  readonly prepare: (pod: string) => Promise<Prepared>;
  readonly close: () => Promise<void>;
}

export interface Prepared {
  readonly places: ProofPlaces;
  readonly targets: ProofTargets;
  readonly uid: string;
  readonly prove: (
    before: Partial<KnownBefore>,
    more?: Partial<Pick<ProveContext, 'from' | 'control' | 'deniedAtMs' | 'signal'>>,
  ) => Promise<Proof>;
}

export const CONTROL = { namespace: 'firebreak-footholds', pod: 'probe', container: 'firebreak' } as const;
const CANARY: Canary = { host: '203.0.113.80', port: 80 };

export async function startProofScene(network: NetworkMode): Promise<ProofScene> {
  const cluster = await startNetworkScene(network);
  const client = clientOf(fixedAccess(new URL(cluster.url), cluster.caPem, cluster.token('admin')));
  if (typeof tools !== 'string') cluster.addImage(TOOLS, tools.image);
  cluster.addObject({
    ...{ apiVersion: 'v1', kind: 'Namespace', metadata: { name: CONTROL.namespace } },
  });
  const container = { name: CONTROL.container, image: TOOLS, command: ['/usr/bin/sleep', '600'] };
  await cluster.addPod(podOf(CONTROL.namespace, CONTROL.pod, {}, { containers: [container] }));
  const prepare: ProofScene['prepare'] = async (pod) => {
    const ref = { group: '', version: 'v1', resource: 'pods', namespace: 'shop', name: pod };
    await callApi(cluster, {
      ...{ method: 'PATCH', path: `/api/v1/namespaces/shop/pods/${pod}/ephemeralcontainers` },
      body: { spec: { ephemeralContainers: [{ ...container, name: FOOTHOLD, targetContainerName: 'app' }] } },
      headers: { 'content-type': 'application/strategic-merge-patch+json' },
    });
    await cluster.settled();
    const object = await client.get(ref, NEVER);
    const targets = await proofTargets(client, { pod: object, canary: CANARY }, NEVER);
    const places: ProofPlaces = {
      ...{ client, clock: systemClock, signal: NEVER, control: CONTROL },
      from: { namespace: 'shop', pod, container: FOOTHOLD, tools: 'tool image' },
    };
    const uid = cluster.object(ref)?.metadata.uid ?? '';
    return {
      ...{ places, targets, uid },
      prove: (before, change = {}) =>
        prove({
          ...places,
          ...change,
          client,
          ...{ targets, facts: {}, pod: { namespace: 'shop', name: pod, uid } },
          before: { inward: {}, open: undefined, restarts: {}, ...before },
        }),
    };
  };
  const close = async () => {
    client.close();
    await cluster.close();
  };
  return { cluster, client, prepare, close };
}

/** Firebreak's deny for one pod, as an isolation makes it. */
export const denyOf = (pod: string, policyTypes = ['Ingress', 'Egress']): KubeObject => ({
  ...{ apiVersion: 'networking.k8s.io/v1', kind: 'NetworkPolicy' },
  metadata: { name: `firebreak-${RUN}`, namespace: 'shop' },
  spec: { podSelector: { matchLabels: { app: pod } }, policyTypes },
});
