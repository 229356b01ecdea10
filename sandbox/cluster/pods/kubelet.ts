import { join } from 'node:path';
import { fieldOf } from '../api/kube-object.ts';
import type { ObjectStore } from '../api/object-store.ts';
import { isPod, type Pod, type PodManifest } from '../api/pod.ts';
import type { PodNetwork } from '../network/pod-network.ts';
import { isOnHostNetwork, startPodInNetwork } from '../network/start-pod-in-network.ts';
import type { Image } from '../runtime/image.ts';
import type { Machine } from '../runtime/machine.ts';
import { admitPod } from './admit-pod.ts';
import { atDeadline, DEADLINE_EXCEEDED } from './at-deadline.ts';
import { BusyPods } from './busy-pods.ts';
import { type ContainerRecord, ended, newRecord, type Waiting } from './container-record.ts';
import { ImageLayers } from './image-layers.ts';
import { type AtEnd, allContainers, hostProcesses, type PodRecord } from './pod-record.ts';
import { pendingStatus, podStatus, type Readiness, readyChange } from './pod-status.ts';
import { writePodVolumes } from './pod-volumes.ts';
import { heldBack, type NodeRuntime, runContainer } from './run-container.ts';
import { scheduledNode } from './schedule-pod.ts';
import { startEphemeral } from './start-ephemeral.ts';
import { backOff, holdBack } from './wait-to-run.ts';

export interface KubeletOptions {
  readonly store: ObjectStore;
  /** Absent: containers are said to run, but there are no processes behind them. */
  readonly machine: Machine | undefined;
  /** Absent: pods have addresses that lead nowhere. */
  readonly network?: PodNetwork | undefined;
  readonly images: Readonly<Record<string, Image>>;
  readonly caPem: string;
}

const NODE_IP = '10.88.0.1';
const UNSCHEDULABLE = "0/1 nodes are available: 1 node(s) didn't match Pod's node affinity/selector.";

/** Runs the pods of the stand-in on its one machine and writes their status, whatever node they name. */
export class Kubelet {
  readonly #options: KubeletOptions;
  readonly #pods = new Map<string, PodRecord>();
  readonly #manifests = new Map<string, PodManifest>();
  readonly #runtime: NodeRuntime;
  readonly #busy = new BusyPods();
  #lastIp = 9;

  constructor(options: KubeletOptions) {
    this.#options = options;
    this.#runtime = { ...options, layers: new ImageLayers() };
  }

  get machine(): Machine | undefined {
    return this.#options.machine;
  }

  /** The pod's record, or undefined for a pod that is not on a node. */
  find(namespace: string, name: string): PodRecord | undefined {
    return this.#pods.get(`${namespace}/${name}`);
  }

  /** Creates the pod and starts its containers, except those that `waiting` holds back. */
  async add(manifest: PodManifest, waiting: Readonly<Record<string, Waiting>> = {}): Promise<Pod> {
    const { store } = this.#options;
    const { namespace, name } = manifest.metadata;
    if (store.get(podKey(namespace, name)) !== undefined)
      throw new Error(`pod ${namespace}/${name} exists already`);
    this.#manifests.set(`${namespace}/${name}`, manifest);
    const pod = store.put({ ...admitPod(manifest), status: pendingStatus(UNSCHEDULABLE) });
    return pod.spec.nodeName === undefined ? pod : await this.#startOnce(pod, waiting, 'stays ended');
  }

  /** Resolves when no pod is being started or ended. */
  idle(): Promise<void> {
    return this.#busy.idle();
  }

  #startOnce(pod: Pod, waiting: Readonly<Record<string, Waiting>>, atEnd: AtEnd): Promise<Pod> {
    return this.#busy.track(pod.metadata.uid, this.#start(pod, waiting, atEnd));
  }

  /** Takes a pod that the API server stored: gives it a node, unless none is open, and starts its containers. */
  async run(created: Pod): Promise<void> {
    const { store } = this.#options;
    const { namespace, name } = created.metadata;
    this.#manifests.set(`${namespace}/${name}`, created);
    const nodeName = created.spec.nodeName ?? scheduledNode(store);
    if (nodeName === undefined) {
      store.put({ ...created, status: pendingStatus('0 nodes are available') });
      return;
    }
    const pod =
      created.spec.nodeName === undefined ? { ...created, spec: { ...created.spec, nodeName } } : created;
    try {
      await this.#startOnce(store.put(pod), {}, 'restarts');
    } catch (error) {
      const message = `stand-in: ${String(error)}`;
      if (store.get(podKey(namespace, name))?.metadata.uid === pod.metadata.uid)
        store.put({ ...pod, status: { ...pendingStatus(message), phase: 'Failed', message } });
    }
  }

  async #start(pod: Pod, waiting: Readonly<Record<string, Waiting>>, atEnd: AtEnd): Promise<Pod> {
    const { store, machine, network, caPem } = this.#options;
    const { namespace, name } = pod.metadata;
    const podIp = network && isOnHostNetwork(pod) ? NODE_IP : podAddress(++this.#lastIp);
    const sandbox = machine && (await startPodInNetwork(machine, network, pod, podIp));
    const startedAt = new Date(pod.metadata.creationTimestamp ?? Date.now());
    const record: PodRecord = {
      ...{ pod, podIp, sandbox, startedAt, phase: undefined, atEnd },
      ...{ readiness: 'ready', readyChange: undefined, ending: undefined },
      volumes: sandbox ? writePodVolumes(pod, store, caPem, join(sandbox.folder, 'volumes')) : new Map(),
      containers: new Map(pod.spec.containers.map((one) => [one.name, newRecord(one.name)])),
      ephemeral: new Map(),
    };
    this.#pods.set(`${namespace}/${name}`, record);
    atDeadline(pod, () => void this.#busy.track(pod.metadata.uid, this.#endAtDeadline(record)));
    for (const container of record.containers.values()) {
      const held = waiting[container.name] ?? this.#heldBack(record, container);
      if (held === undefined) await this.#run(record, container);
      else holdBack(container, held);
    }
    return this.#publish(record);
  }

  async #endAtDeadline(record: PodRecord): Promise<void> {
    const { namespace, name, uid } = record.pod.metadata;
    await this.#busy.of(uid)?.catch(() => undefined);
    if (this.find(namespace, name) !== record) return;
    for (const one of allContainers(record)) await this.#end(one, 137, 9);
    record.ending = DEADLINE_EXCEEDED;
    this.#publish(record);
  }

  async remove(namespace: string, name: string): Promise<void> {
    const { store } = this.#options;
    const uid = store.get(podKey(namespace, name))?.metadata.uid ?? '';
    store.delete(podKey(namespace, name));
    await this.#busy.track(uid, this.#stop(namespace, name, uid));
  }

  /** Ends the containers of a pod that is marked for deletion, and then the pod. */
  async terminate(namespace: string, name: string, uid: string): Promise<void> {
    const { store } = this.#options;
    await this.#busy.track(uid, this.#stop(namespace, name, uid));
    if (store.get(podKey(namespace, name))?.metadata.uid === uid) store.delete(podKey(namespace, name));
  }

  /** Ends what runs of a pod. One may be deleted while it is being started: then after that. */
  async #stop(namespace: string, name: string, uid: string): Promise<void> {
    const take = () => {
      const record = this.find(namespace, name);
      if (record?.pod.metadata.uid !== uid) return undefined;
      this.#pods.delete(`${namespace}/${name}`);
      return record;
    };
    const busy = this.#busy.of(uid);
    const now = busy === undefined ? take() : undefined;
    await busy?.catch(() => undefined);
    const record = now ?? take();
    for (const one of record === undefined ? [] : allContainers(record)) await this.#end(one, 0, 0);
    await record?.sandbox?.stop();
  }

  /** Deletes the pod and makes one of the same manifest: another uid, other containers. */
  async replace(namespace: string, name: string): Promise<Pod> {
    const manifest = this.#manifests.get(`${namespace}/${name}`);
    if (manifest === undefined) throw new Error(`no pod ${namespace}/${name}`);
    await this.remove(namespace, name);
    return await this.add(manifest);
  }

  /** Ends a container and starts it again: a new id, an empty upper directory, one more restart, its log as previous. */
  async restart(namespace: string, name: string, containerName: string): Promise<void> {
    const { record, container } = this.#must(namespace, name, containerName);
    await this.#end(container, 137, 9);
    container.restartCount += 1;
    await this.#run(record, container);
    this.#publish(record);
  }

  /** Ends a container and leaves it waiting, as in CrashLoopBackOff or ImagePullBackOff. */
  async hold(namespace: string, name: string, containerName: string, waiting: Waiting): Promise<void> {
    const { record, container } = this.#must(namespace, name, containerName);
    await this.#end(container, waiting.exitCode ?? 1, 0);
    holdBack(container, waiting);
    this.#publish(record);
  }

  setPhase(namespace: string, name: string, phase: string): void {
    const record = this.#mustFind(namespace, name);
    record.phase = phase;
    this.#publish(record);
  }

  /** Plays the answer of the readiness probes. */
  setReadiness(namespace: string, name: string, readiness: Readiness): void {
    const record = this.#mustFind(namespace, name);
    record.readiness = readiness;
    this.#publish(record);
  }

  #mustFind(namespace: string, name: string): PodRecord {
    const record = this.find(namespace, name);
    if (record === undefined) throw new Error(`no pod ${namespace}/${name} on a node`);
    return record;
  }

  #must(namespace: string, name: string, containerName: string) {
    const record = this.find(namespace, name);
    const container = record?.containers.get(containerName);
    if (record === undefined || container === undefined) {
      throw new Error(`no container ${containerName} in a pod ${namespace}/${name} on a node`);
    }
    return { record, container };
  }

  async #run(record: PodRecord, container: ContainerRecord): Promise<void> {
    const wanted = record.pod.spec.containers.find((one) => one.name === container.name);
    if (wanted === undefined) throw new Error(`no container ${container.name} in the pod's spec`);
    await runContainer(this.#runtime, {
      ...{ pod: record, container, wanted, seesProcessesOf: hostProcesses(this.machine, record) },
      ended: ({ exitCode, signal }) => {
        const end = ended(container, exitCode, signal);
        if (record.atEnd === 'restarts' && fieldOf(record.pod, 'spec.restartPolicy') === 'Always')
          backOff(record.pod, container, end);
        else container.state = { kind: 'terminated', end };
        this.#publish(record);
      },
    });
  }

  /** Starts what was added to a pod's ephemeral containers. Does nothing for a pod that is not on a node. */
  async startEphemeral(pod: Pod): Promise<void> {
    const { namespace, name, uid } = pod.metadata;
    const record = this.find(namespace, name);
    if (record?.pod.metadata.uid !== uid) return;
    const before = this.#busy.of(uid);
    const start = async () => {
      await before?.catch(() => undefined);
      await startEphemeral(this.#runtime, record, pod, () => this.#publish(record));
    };
    await this.#busy.track(uid, start());
  }

  async #end(container: ContainerRecord, exitCode: number, signal: number): Promise<void> {
    if (container.state.kind !== 'running') return;
    const running = container.container;
    container.container = undefined;
    await running?.stop();
    container.last = ended(container, exitCode, signal);
    container.previousLog = container.log;
    container.state = { kind: 'terminated', end: container.last };
  }

  #heldBack({ pod, atEnd }: PodRecord, { name }: ContainerRecord): Waiting | undefined {
    const wanted = pod.spec.containers.find((one) => one.name === name);
    if (atEnd === 'stays ended' || wanted === undefined) return undefined;
    return heldBack(this.#options.images, pod, wanted);
  }

  #publish(record: PodRecord): Pod {
    const { store } = this.#options;
    const { namespace, name, uid } = record.pod.metadata;
    const records = [...record.containers.values()];
    const current = store.get(podKey(namespace, name));
    record.readyChange = readyChange(record, records, new Date());
    const generation = current?.metadata.generation ?? 1;
    const ephemeral = [...record.ephemeral.values()];
    const spec = current !== undefined && isPod(current) ? current.spec : record.pod.spec;
    const status = podStatus({
      ...record,
      ...{ pod: { spec }, records, ephemeral, generation, hostIp: NODE_IP },
    });
    if (current === undefined || !isPod(current) || current.metadata.uid !== uid)
      return { ...record.pod, status };
    return store.put({ ...current, status });
  }
}

const podAddress = (number: number) => `10.244.${number >> 8}.${number & 255}`;

const podKey = (namespace: string, name: string) => ({ group: '', resource: 'pods', namespace, name });
