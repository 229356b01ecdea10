import { randomUUID } from 'node:crypto';
import type { KubeObject, OwnerReference } from '../api/kube-object.ts';
import type { PodManifest } from '../api/pod.ts';
import type { World } from './world.ts';

const SESSIONS = { app: 'sessions' };
const SHIPPER = { app: 'log-shipper' };

interface Owned {
  readonly owner: KubeObject;
  readonly podName: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly image: string;
}

const ownerOf = ({ apiVersion, kind, metadata }: KubeObject): OwnerReference => ({
  ...{ apiVersion, kind, name: metadata.name, uid: metadata.uid ?? '' },
  ...{ controller: true, blockOwnerDeletion: true },
});

const podOf = (namespace: string, { owner, podName, labels, image }: Owned): PodManifest => ({
  ...{ apiVersion: 'v1', kind: 'Pod' },
  metadata: { name: podName, namespace, labels, ownerReferences: [ownerOf(owner)] },
  spec: { nodeName: 'node-b', containers: [{ name: 'app', image }] },
});

/** A StatefulSet `sessions` and a DaemonSet `log-shipper` that is for Karpenter's nodes alone, with one pod each. */
export function otherWorkloads(namespace: string, image: string): Pick<World, 'objects' | 'pods'> {
  const template = (labels: Readonly<Record<string, string>>) => ({
    metadata: { labels },
    spec: { containers: [{ name: 'app', image }] },
  });
  const metadata = (name: string, labels: Readonly<Record<string, string>>) => ({
    ...{ name, namespace, uid: randomUUID(), generation: 1, labels },
  });
  const sessions: KubeObject = {
    ...{ apiVersion: 'apps/v1', kind: 'StatefulSet', metadata: metadata('sessions', SESSIONS) },
    spec: {
      ...{ replicas: 1, serviceName: 'sessions', selector: { matchLabels: SESSIONS } },
      ...{ template: template(SESSIONS), podManagementPolicy: 'OrderedReady' },
      updateStrategy: { type: 'RollingUpdate', rollingUpdate: { partition: 0 } },
    },
    status: { observedGeneration: 1, replicas: 1, readyReplicas: 1, currentReplicas: 1, updatedReplicas: 1 },
  };
  const shipper: KubeObject = {
    ...{ apiVersion: 'apps/v1', kind: 'DaemonSet', metadata: metadata('log-shipper', SHIPPER) },
    spec: {
      ...{ selector: { matchLabels: SHIPPER }, updateStrategy: { type: 'RollingUpdate' } },
      template: {
        metadata: { labels: SHIPPER },
        spec: { ...template(SHIPPER).spec, nodeSelector: { 'karpenter.sh/nodepool': 'default' } },
      },
    },
    status: {
      ...{ observedGeneration: 1, desiredNumberScheduled: 1, currentNumberScheduled: 1, numberReady: 1 },
      ...{ numberAvailable: 1, numberMisscheduled: 0, updatedNumberScheduled: 1 },
    },
  };
  const owned = [
    { owner: sessions, podName: 'sessions-0', labels: SESSIONS, image },
    { owner: shipper, podName: 'log-shipper-5tq2w', labels: SHIPPER, image },
  ];
  return {
    objects: [sessions, shipper],
    pods: owned.map((one) => ({ manifest: podOf(namespace, one) })),
  };
}
