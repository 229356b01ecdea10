import type { Pod } from '../api/pod.ts';
import type { Machine } from '../runtime/machine.ts';
import type { PodSandbox } from '../runtime/pod-sandbox.ts';
import type { ContainerRecord } from './container-record.ts';
import type { Readiness, ReadyChange } from './pod-status.ts';
import type { writePodVolumes } from './pod-volumes.ts';

/** All that the stand-in's kubelet knows about one pod on its node. */
export interface PodRecord {
  readonly pod: Pod;
  readonly containers: ReadonlyMap<string, ContainerRecord>;
  /** Those that were added while it ran. */
  readonly ephemeral: Map<string, ContainerRecord>;
  readonly podIp: string;
  readonly startedAt: Date;
  readonly sandbox: PodSandbox | undefined;
  readonly volumes: ReturnType<typeof writePodVolumes>;
  /** What happens when a container ends: `restarts` shows it as one that crashes again and again. */
  readonly atEnd: AtEnd;
  phase: string | undefined;
  /** What the readiness probes say while the containers run. */
  readiness: Readiness;
  /** Since when the pod is Ready, or is not. */
  readyChange: ReadyChange | undefined;
  /** Why the kubelet itself has ended the pod. */
  ending: { readonly reason: string; readonly message: string } | undefined;
}

export type AtEnd = 'stays ended' | 'restarts';

export const allContainers = (record: PodRecord): readonly ContainerRecord[] => [
  ...record.ephemeral.values(),
  ...record.containers.values(),
];

/** A container of the pod by its name, of whatever kind. */
export const containerOf = (record: PodRecord | undefined, name: string): ContainerRecord | undefined =>
  record?.containers.get(name) ?? record?.ephemeral.get(name);

/** The machine's first process, for a pod that shares the processes of its node. */
export const hostProcesses = (machine: Machine | undefined, { pod }: PodRecord): number | undefined =>
  pod.spec['hostPID'] === true ? machine?.pid : undefined;
