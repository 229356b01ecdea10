import { createHash } from 'node:crypto';
import type { ContainerStatus, Pod, PodContainer, PodStatus } from '../api/pod.ts';
import type { ContainerRecord, Ended } from './container-record.ts';

const seconds = (at: Date) => at.toISOString().replace(/\.\d+Z$/, 'Z');
const terminated = (end: Ended) => ({
  terminated: {
    exitCode: end.exitCode,
    ...(end.signal === 0 ? {} : { signal: end.signal }),
    reason: end.reason,
    startedAt: seconds(end.startedAt),
    finishedAt: seconds(end.finishedAt),
    containerID: `containerd://${end.containerId}`,
  },
});

function stateOf({ state }: ContainerRecord): Readonly<Record<string, unknown>> {
  switch (state.kind) {
    case 'running':
      return { running: { startedAt: seconds(state.startedAt) } };
    case 'waiting':
      return { waiting: { reason: state.reason, message: state.message } };
    case 'terminated':
      return terminated(state.end);
  }
}

function containerStatus(record: ContainerRecord, spec: PodContainer): ContainerStatus {
  const digest = createHash('sha256').update(spec.image).digest('hex');
  const running = record.state.kind === 'running';
  const ids = { uid: spec.securityContext?.runAsUser ?? 0, gid: spec.securityContext?.runAsGroup ?? 0 };
  return {
    name: record.name,
    state: stateOf(record),
    lastState: record.last === undefined ? {} : terminated(record.last),
    ready: running,
    restartCount: record.restartCount,
    image: spec.image,
    imageID: `${spec.image.replace(/:[^/]*$/, '')}@sha256:${digest}`,
    ...(record.id === '' ? {} : { containerID: `containerd://${record.id}` }),
    started: running,
    resources: spec.resources ?? {},
    volumeMounts: (spec.volumeMounts ?? []).map((mount) => ({
      ...{ name: mount.name, mountPath: mount.mountPath },
      ...(mount.readOnly ? { readOnly: true, recursiveReadOnly: 'Disabled' } : {}),
    })),
    user: { linux: { ...ids, supplementalGroups: [ids.gid] } },
  };
}

/** What a kubelet of 1.36 reports for a pod without a limit. */
const NO_MEMORY_LIMIT = '9007199254740988Ki';

export interface StatusInput {
  readonly pod: Pick<Pod, 'spec'>;
  readonly records: readonly ContainerRecord[];
  readonly podIp: string;
  readonly hostIp: string;
  readonly startedAt: Date;
  readonly phase: string | undefined;
}

/** The status of a pod that is on a node, from its containers. `phase` overrides what they say. */
export function podStatus({ pod, records, podIp, hostIp, startedAt, phase }: StatusInput): PodStatus {
  const ready = records.every((record) => record.state.kind === 'running');
  const conditions = [
    { type: 'PodReadyToStartContainers', status: 'True' },
    { type: 'Initialized', status: 'True' },
    { type: 'Ready', status: ready ? 'True' : 'False' },
    { type: 'ContainersReady', status: ready ? 'True' : 'False' },
    { type: 'PodScheduled', status: 'True' },
  ].map((condition) => ({
    ...{ observedGeneration: 1, lastProbeTime: null, lastTransitionTime: seconds(startedAt) },
    ...condition,
    ...(condition.status === 'True' ? {} : { reason: 'ContainersNotReady' }),
  }));
  const specs = new Map(pod.spec.containers.map((one) => [one.name, one]));
  const limit = pod.spec.containers
    .map((one) => one.resources?.limits?.['memory'])
    .find((one) => one !== undefined);
  return {
    observedGeneration: 1,
    phase: phase ?? 'Running',
    conditions,
    hostIP: hostIp,
    hostIPs: [{ ip: hostIp }],
    podIP: podIp,
    podIPs: [{ ip: podIp }],
    startTime: seconds(startedAt),
    containerStatuses: records.flatMap((record) => {
      const spec = specs.get(record.name);
      return spec === undefined ? [] : [containerStatus(record, spec)];
    }),
    qosClass: limit === undefined ? 'BestEffort' : 'Burstable',
    resources: { limits: { memory: limit ?? NO_MEMORY_LIMIT } },
  };
}

/** The status of a pod that no node has taken. */
export const pendingStatus = (message: string): PodStatus => ({
  phase: 'Pending',
  conditions: [
    {
      type: 'PodScheduled',
      status: 'False',
      reason: 'Unschedulable',
      message,
      lastProbeTime: null,
      lastTransitionTime: seconds(new Date()),
    },
  ],
  qosClass: 'BestEffort',
});
