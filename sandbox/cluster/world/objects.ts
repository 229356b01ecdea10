import type { KubeObject } from '../api/kube-object.ts';

const base64 = (text: string) => Buffer.from(text, 'utf8').toString('base64');

export const namespace = (name: string): KubeObject => ({
  apiVersion: 'v1',
  kind: 'Namespace',
  metadata: { name, labels: { 'kubernetes.io/metadata.name': name } },
  spec: { finalizers: ['kubernetes'] },
  status: { phase: 'Active' },
});

export const serviceAccount = (ns: string, name: string): KubeObject => ({
  apiVersion: 'v1',
  kind: 'ServiceAccount',
  metadata: { name, namespace: ns },
});

/** `values` are plain text; the API carries them in base64. */
export const secret = (ns: string, name: string, values: Readonly<Record<string, string>>): KubeObject => ({
  apiVersion: 'v1',
  kind: 'Secret',
  metadata: { name, namespace: ns },
  type: 'Opaque',
  data: Object.fromEntries(Object.entries(values).map(([key, value]) => [key, base64(value)])),
});

/** `labels` say whose node it is, beside those that every node has. */
export function node(
  name: string,
  address: string,
  labels: Readonly<Record<string, string>> = {},
): KubeObject {
  const at = new Date().toISOString().replace(/\.\d+Z$/, 'Z');
  const condition = (type: string, status: string, reason: string) => ({
    ...{ type, status, reason, message: reason, lastHeartbeatTime: at, lastTransitionTime: at },
  });
  const resources = { cpu: '2', memory: '24684096Ki', pods: '110' };
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: {
      name,
      labels: {
        ...{ 'kubernetes.io/hostname': name, 'kubernetes.io/os': 'linux', 'kubernetes.io/arch': 'amd64' },
        ...labels,
      },
    },
    spec: {},
    status: {
      ...{ capacity: resources, allocatable: resources },
      conditions: [
        condition('MemoryPressure', 'False', 'KubeletHasSufficientMemory'),
        condition('DiskPressure', 'False', 'KubeletHasNoDiskPressure'),
        condition('PIDPressure', 'False', 'KubeletHasSufficientPID'),
        condition('Ready', 'True', 'KubeletReady'),
      ],
      addresses: [
        { type: 'InternalIP', address },
        { type: 'Hostname', address: name },
      ],
      nodeInfo: {
        ...{ kernelVersion: '6.18.44', osImage: 'Debian GNU/Linux 12 (bookworm)', operatingSystem: 'linux' },
        ...{
          architecture: 'amd64',
          containerRuntimeVersion: 'containerd://2.1.9',
          kubeletVersion: 'v1.36.2',
        },
        ...{ machineID: '', systemUUID: '', bootID: '', kubeProxyVersion: '' },
      },
    },
  };
}

export interface PodEvent {
  readonly namespace: string;
  readonly pod: string;
  readonly type: 'Normal' | 'Warning';
  readonly reason: string;
  readonly message: string;
}

/** An event about a pod. `sequence` keeps the names of one pod's events apart. */
export function podEvent(event: PodEvent, podUid: string, sequence: number): KubeObject {
  const { namespace: ns, pod, type, reason, message } = event;
  const at = new Date().toISOString().replace(/\.\d+Z$/, 'Z');
  return {
    apiVersion: 'v1',
    kind: 'Event',
    metadata: { name: `${pod}.18e9d3dfd3136${sequence.toString(16).padStart(3, '0')}`, namespace: ns },
    involvedObject: { kind: 'Pod', namespace: ns, name: pod, uid: podUid, apiVersion: 'v1' },
    ...{ type, reason, message, count: 1, firstTimestamp: at, lastTimestamp: at, eventTime: null },
    source: { component: 'kubelet', host: 'node-a' },
    ...{ reportingComponent: 'kubelet', reportingInstance: 'node-a' },
  };
}
