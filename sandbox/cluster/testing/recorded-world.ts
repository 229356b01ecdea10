import type { KubeObject } from '../api/kube-object.ts';
import type { PodManifest } from '../api/pod.ts';
import deployment from '../recordings/get-deployment.json' with { type: 'json' };
import nodeRecording from '../recordings/get-node.json' with { type: 'json' };
import events from '../recordings/list-events.json' with { type: 'json' };
import policies from '../recordings/list-networkpolicies.json' with { type: 'json' };
import replicaSets from '../recordings/list-replicasets.json' with { type: 'json' };
import type { Image } from '../runtime/image.ts';
import { namespace, serviceAccount } from '../world/objects.ts';
import type { World } from '../world/world.ts';

const NS = 'rec';
const RESTRICTED = 'rec-restricted';
const IDLE = ['sh', '-c', "trap 'exit 0' TERM; while :; do sleep 1; done"];
const DEBIAN = 'rk8s.local/debian:12';
const BUSYBOX = 'rk8s.local/busybox:1.38';
const DISTROLESS = 'rk8s.local/distroless:1';

const images: Readonly<Record<string, Image>> = {
  [DEBIAN]: { userland: 'host', entrypoint: IDLE, logWithoutProcesses: ['started', 'warn'] },
  [BUSYBOX]: { userland: 'host', entrypoint: IDLE },
  [DISTROLESS]: { userland: 'none', entrypoint: ['/app', '86400'], copies: { '/app': 'sleep' } },
};

const pod = (
  name: string,
  spec: PodManifest['spec'],
  labels: Readonly<Record<string, string>>,
): PodManifest => ({
  ...{ apiVersion: 'v1', kind: 'Pod', metadata: { name, namespace: NS, labels }, spec },
});
const on = (containers: PodManifest['spec']['containers']) => ({ nodeName: 'rk8s-node1', containers });

const restrictedNamespace: KubeObject = {
  ...{ apiVersion: 'v1', kind: 'Namespace' },
  metadata: { name: RESTRICTED, labels: { 'pod-security.kubernetes.io/enforce': 'restricted' } },
};
const tight: PodManifest = {
  ...{
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'tight', namespace: RESTRICTED, labels: { app: 'tight' } },
  },
  spec: {
    nodeName: 'rk8s-node1',
    securityContext: { runAsNonRoot: true, runAsUser: 1000, seccompProfile: { type: 'RuntimeDefault' } },
    containers: [
      {
        ...{ name: 'app', image: BUSYBOX, command: IDLE },
        securityContext: {
          ...{ allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } },
          readOnlyRootFilesystem: true,
        },
      },
    ],
  },
};

/** The cluster that the recordings were made on, as far as their requests look at it. */
export const recordedWorld = (): World => ({
  images,
  objects: [
    namespace(NS),
    restrictedNamespace,
    serviceAccount(RESTRICTED, 'default'),
    deployment.response.body,
    nodeRecording.response.body,
    ...policies.response.body.items.map((item) => ({
      apiVersion: 'networking.k8s.io/v1',
      kind: 'NetworkPolicy',
      ...item,
    })),
    ...replicaSets.response.body.items.map((item) => ({
      apiVersion: 'apps/v1',
      kind: 'ReplicaSet',
      ...item,
    })),
    ...events.response.body.items.map((item) => ({ apiVersion: 'v1', kind: 'Event', ...item })),
  ],
  pods: [
    {
      manifest: pod(
        'multi',
        on([
          {
            name: 'app',
            image: DEBIAN,
            command: ['sh', '-c', 'echo warn >&2; echo started; exec sleep 86400'],
          },
          { name: 'sidecar', image: BUSYBOX },
        ]),
        { app: 'multi' },
      ),
    },
    { manifest: pod('noshell', on([{ name: 'app', image: DISTROLESS }]), { app: 'noshell' }) },
    { manifest: tight },
    { manifest: pod('pending', { containers: [{ name: 'app', image: BUSYBOX }] }, { app: 'pending' }) },
    {
      manifest: pod('crasher', on([{ name: 'app', image: BUSYBOX }]), { app: 'crasher' }),
      waiting: { app: { reason: 'CrashLoopBackOff', message: 'back-off', exitCode: 1, log: 'lost' } },
    },
    ...['shop-69867dc778-5cjdn', 'shop-69867dc778-5f458', 'shop-69867dc778-qqqqq'].map((name) => ({
      manifest: pod(name, on([{ name: 'web', image: BUSYBOX, command: IDLE }]), {
        app: 'shop',
        'pod-template-hash': '69867dc778',
        tier: 'web',
      }),
    })),
  ],
});
