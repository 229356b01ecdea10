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

function containerStatus(record: ContainerRecord, spec: PodContainer, readiness: Readiness): ContainerStatus {
  const digest = createHash('sha256').update(spec.image).digest('hex');
  const running = record.state.kind === 'running';
  const { user } = record;
  return {
    name: record.name,
    state: stateOf(record),
    lastState: record.last === undefined ? {} : terminated(record.last),
    ready: running && readiness === 'ready',
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
    ...(user === undefined ? {} : { user: { linux: { ...user, supplementalGroups: [user.gid] } } }),
  };
}

/** An ephemeral container is never ready, and nothing says whether it was started. */
function ephemeralStatus(record: ContainerRecord, spec: PodContainer): Omit<ContainerStatus, 'started'> {
  const {
    started: _started,
    volumeMounts,
    user,
    resources,
    ...status
  } = containerStatus(record, spec, 'not ready');
  if (record.state.kind === 'waiting') return { ...status, imageID: '' };
  const mounts = (spec.volumeMounts ?? []).length === 0 ? {} : { volumeMounts };
  return { ...status, ...(user === undefined ? {} : { user }), resources, ...mounts };
}

/** What a kubelet of 1.36 reports for a pod without a limit. */
const NO_MEMORY_LIMIT = '9007199254740988Ki';

/** What the readiness probes of a pod's containers say. */
export type Readiness = 'ready' | 'not ready';

export interface ReadyChange {
  readonly readiness: Readiness;
  readonly at: Date;
}

export interface StatusInput {
  readonly pod: Pick<Pod, 'spec'>;
  readonly records: readonly ContainerRecord[];
  readonly ephemeral: readonly ContainerRecord[];
  readonly podIp: string;
  readonly hostIp: string;
  readonly startedAt: Date;
  readonly phase: string | undefined;
  /** Of the pod's spec, as the kubelet has seen it. */
  readonly generation: number;
  readonly readiness: Readiness;
  readonly readyChange: ReadyChange | undefined;
  /** Why the kubelet itself has ended the pod. */
  readonly ending: { readonly reason: string; readonly message: string } | undefined;
}

const isReady = (readiness: Readiness, records: readonly ContainerRecord[]): boolean =>
  readiness === 'ready' && records.every((record) => record.state.kind === 'running');

/** When the pod became what it is now, Ready or not. The first time is that of its start. */
export function readyChange(
  { startedAt, readiness, readyChange: last }: Pick<StatusInput, 'startedAt' | 'readiness' | 'readyChange'>,
  records: readonly ContainerRecord[],
  now: Date,
): ReadyChange {
  const is: Readiness = isReady(readiness, records) ? 'ready' : 'not ready';
  if (last?.readiness === is) return last;
  return { readiness: is, at: last === undefined ? startedAt : now };
}

/** A pod whose containers are not started again has ended when they have. Source: kubelet_pods.go, getPhase. */
function phaseOf({ pod, records, phase, ending }: StatusInput): string {
  if (phase !== undefined) return phase;
  if (ending !== undefined) return 'Failed';
  const { restartPolicy } = pod.spec;
  const codes = records.map(({ state }) => (state.kind === 'terminated' ? state.end.exitCode : undefined));
  if (restartPolicy !== 'Never' || codes.length === 0 || codes.includes(undefined)) return 'Running';
  return codes.every((code) => code === 0) ? 'Succeeded' : 'Failed';
}

/** The status of a pod that is on a node, from its containers. `phase` overrides what they say. */
export function podStatus(input: StatusInput): PodStatus {
  const { pod, records, podIp, hostIp, startedAt, generation, readiness } = input;
  const phase = phaseOf(input);
  const ready = isReady(readiness, records);
  const unready = records
    .filter(({ state }) => readiness === 'not ready' || state.kind !== 'running')
    .map(({ name }) => name);
  const since = seconds(input.readyChange?.at ?? startedAt);
  const readyConditions = ['Ready', 'ContainersReady'].map((type) => ({
    ...{ type, status: ready ? 'True' : 'False', lastTransitionTime: since },
    ...(ready
      ? {}
      : phase === 'Succeeded'
        ? { reason: 'PodCompleted' }
        : {
            reason: 'ContainersNotReady',
            message: `containers with unready status: [${unready.join(' ')}]`,
          }),
  }));
  const others = ['PodReadyToStartContainers', 'Initialized', 'PodScheduled'].map((type) => ({
    ...{ type, status: 'True', lastTransitionTime: seconds(startedAt) },
  }));
  const conditions = [...others.slice(0, 2), ...readyConditions, ...others.slice(2)].map((condition) => ({
    ...{ observedGeneration: generation, lastProbeTime: null },
    ...condition,
  }));
  const specs = new Map(pod.spec.containers.map((one) => [one.name, one]));
  const limit = pod.spec.containers
    .map((one) => one.resources?.limits?.['memory'])
    .find((one) => one !== undefined);
  const ephemeralContainerStatuses = input.ephemeral.flatMap((record) => {
    const spec = pod.spec.ephemeralContainers?.find(({ name }) => name === record.name);
    return spec === undefined ? [] : [ephemeralStatus(record, spec)];
  });
  return {
    observedGeneration: generation,
    phase,
    ...input.ending,
    conditions,
    hostIP: hostIp,
    hostIPs: [{ ip: hostIp }],
    podIP: podIp,
    podIPs: [{ ip: podIp }],
    startTime: seconds(startedAt),
    containerStatuses: records.flatMap((record) => {
      const spec = specs.get(record.name);
      return spec === undefined ? [] : [containerStatus(record, spec, readiness)];
    }),
    ...(input.ephemeral.length === 0 ? {} : { ephemeralContainerStatuses }),
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
