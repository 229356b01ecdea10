import type { AccessRule, User } from './access/user.ts';
import type { Faults } from './api/faults.ts';
import type { KubeObject } from './api/kube-object.ts';
import type { ObjectKey, StoreEvent } from './api/object-store.ts';
import type { Pod, PodManifest } from './api/pod.ts';
import type { RecordedRequest } from './api/recorded-request.ts';
import type { NetworkMode } from './network/network-mode.ts';
import type { Waiting } from './pods/container-record.ts';
import type { Readiness } from './pods/pod-status.ts';
import type { ContainerLog } from './runtime/container-log.ts';
import type { Image } from './runtime/image.ts';
import type { PodEvent } from './world/objects.ts';
import type { DirectChange } from './writes/change-directly.ts';

/** A cluster to try things on: the API of Kubernetes 1.36 over HTTPS and WebSocket, with real processes as containers. */
export interface StandInCluster extends AsyncDisposable {
  readonly url: string;
  readonly caPem: string;
  /** `no shell` where this machine allows no containers: exec then answers as in a container without a shell. */
  readonly containers: 'processes' | 'no shell';
  /** `none` where this machine lets us make none: then a node can't tell whose its processes are. */
  readonly cgroups: 'present' | 'none';
  /** Why there are no processes; empty when there are. */
  readonly containersReason: string;
  /** `pod network` where one was asked for and this machine allows it. */
  readonly network: 'pod network' | 'loopback only';
  /** Why pods have no network, in one sentence; empty when they have one. */
  readonly networkReason: string;
  /** Changes what policies do, from now on. This and the next one throw where there is no pod network. */
  readonly setNetwork: (mode: NetworkMode) => Promise<void>;
  /** Runs a program of this machine in the node's network and gives its stdout; rejects when it fails. */
  readonly runOnNode: (command: readonly string[]) => Promise<string>;
  readonly users: readonly User[];
  /** Kubeconfig text with inline CA and the user's token; with a client certificate for `cert-admin`. */
  readonly kubeconfig: (user?: string) => string;
  readonly writeKubeconfig: (path: string, user?: string) => void;
  readonly token: (user: string) => string;
  readonly addUser: (name: string, rules: readonly AccessRule[]) => User;
  /** Images that later pods may name, beside those of the world. */
  readonly addImage: (name: string, image: Image) => void;
  readonly addObject: (object: KubeObject) => KubeObject;
  /** An object as it is now; undefined when there is none. */
  readonly object: (key: ObjectKey) => KubeObject | undefined;
  /**
   * Changes an object as somebody else would, by a merge patch or by a function that gets it and gives what it shall
   * be: another resourceVersion, and `somebody-else` as the manager of what changed. Throws when there is none.
   */
  readonly changeObject: (key: ObjectKey, change: DirectChange) => KubeObject;
  /** Takes an object away as somebody else would; a pod goes by `deletePod`. */
  readonly removeObject: (key: ObjectKey) => void;
  /** Records an event about a pod that exists. */
  readonly addPodEvent: (event: PodEvent) => KubeObject;
  readonly addPod: (manifest: PodManifest, waiting?: Readonly<Record<string, Waiting>>) => Promise<Pod>;
  /** Deletes the pod and makes one of the same manifest: another uid, other containers. */
  readonly replacePod: (namespace: string, name: string) => Promise<Pod>;
  readonly deletePod: (namespace: string, name: string) => Promise<void>;
  readonly restartContainer: (namespace: string, pod: string, container: string) => Promise<void>;
  /** Ends the container and leaves it waiting, for instance in CrashLoopBackOff. */
  readonly holdContainer: (
    namespace: string,
    pod: string,
    container: string,
    waiting: Waiting,
  ) => Promise<void>;
  readonly setPodPhase: (namespace: string, pod: string, phase: string) => void;
  /** Plays the answer of the pod's readiness probes, from now on. */
  readonly setReadiness: (namespace: string, pod: string, readiness: Readiness) => void;
  /** Plays a liveness probe that has failed once too often: the container is ended and started again. */
  readonly failLiveness: (namespace: string, pod: string, container: string) => Promise<void>;
  /**
   * Resolves when the controllers have nothing left to do, every pod is started or gone, and the rules between the pods
   * are those that the objects want.
   */
  readonly settled: () => Promise<void>;
  /** The container's writable layer on this machine, to compare before and after. Throws where there are no processes. */
  readonly upperDir: (namespace: string, pod: string, container: string) => string;
  /** The folder that the container sees, read-only, at /sys/fs/cgroup: write `memory.current` to play memory pressure. */
  readonly cgroupDir: (namespace: string, pod: string, container: string) => string;
  /** The container's first process, as this machine numbers it. */
  readonly containerPid: (namespace: string, pod: string, container: string) => number;
  readonly containerLog: (namespace: string, pod: string, container: string) => ContainerLog;
  readonly faults: Faults;
  /** Every request since the start, in order: an independent log of what was done to the cluster. */
  readonly requests: readonly RecordedRequest[];
  /** Every state that every object has had since the start, in order, with the time when it came to be. */
  readonly history: readonly (StoreEvent & { readonly at: Date })[];
  readonly close: () => Promise<void>;
}
