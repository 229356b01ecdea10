import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { fieldOf } from '../api/kube-object.ts';
import type { ObjectStore } from '../api/object-store.ts';
import { isPod, type Pod, type PodManifest } from '../api/pod.ts';
import { startContainer } from '../runtime/container.ts';
import { ContainerLog } from '../runtime/container-log.ts';
import type { Image } from '../runtime/image.ts';
import { type Layer, writeImageLayer } from '../runtime/image-layer.ts';
import type { Machine } from '../runtime/machine.ts';
import { type PodSandbox, startPodSandbox } from '../runtime/pod-sandbox.ts';
import { admitPod } from './admit-pod.ts';
import { type ContainerRecord, type Ended, newContainerId, type Waiting } from './container-record.ts';
import { containerSpec } from './container-spec-of.ts';
import { pendingStatus, podStatus } from './pod-status.ts';
import { writePodVolumes } from './pod-volumes.ts';
import { scheduledNode } from './schedule-pod.ts';

export interface PodRecord {
  readonly pod: Pod;
  readonly containers: ReadonlyMap<string, ContainerRecord>;
  readonly podIp: string;
  readonly startedAt: Date;
  readonly sandbox: PodSandbox | undefined;
  readonly volumes: ReturnType<typeof writePodVolumes>;
  /** What happens when a container ends: `restarts` shows it as one that crashes again and again. */
  readonly atEnd: AtEnd;
  phase: string | undefined;
}

type AtEnd = 'stays ended' | 'restarts';

export interface KubeletOptions {
  readonly store: ObjectStore;
  /** Absent: containers are said to run, but there are no processes behind them. */
  readonly machine: Machine | undefined;
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
  readonly #layers = new Map<string, Layer>();
  #lastIp = 9;

  constructor(options: KubeletOptions) {
    this.#options = options;
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
    return pod.spec.nodeName === undefined ? pod : await this.#start(pod, waiting, 'stays ended');
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
      await this.#start(store.put(pod), {}, 'restarts');
    } catch (error) {
      const message = `stand-in: ${String(error)}`;
      if (store.get(podKey(namespace, name))?.metadata.uid === pod.metadata.uid)
        store.put({ ...pod, status: { ...pendingStatus(message), phase: 'Failed', message } });
    }
  }

  async #start(pod: Pod, waiting: Readonly<Record<string, Waiting>>, atEnd: AtEnd): Promise<Pod> {
    const { store, machine, caPem } = this.#options;
    const { namespace, name } = pod.metadata;
    const podIp = `10.244.0.${++this.#lastIp}`;
    const sandbox = machine && (await startPodSandbox(machine, pod.metadata.uid, name, podIp));
    const record: PodRecord = {
      ...{ pod, podIp, sandbox, startedAt: new Date(), phase: undefined, atEnd },
      volumes: sandbox ? writePodVolumes(pod, store, caPem, join(sandbox.folder, 'volumes')) : new Map(),
      containers: new Map(pod.spec.containers.map((one) => [one.name, newRecord(one.name)])),
    };
    this.#pods.set(`${namespace}/${name}`, record);
    for (const container of record.containers.values()) {
      const held = waiting[container.name] ?? this.#imageMissing(record, container);
      if (held === undefined) await this.#run(record, container);
      else this.#hold(container, held);
    }
    return this.#publish(record);
  }

  async remove(namespace: string, name: string): Promise<void> {
    const record = this.find(namespace, name);
    this.#pods.delete(`${namespace}/${name}`);
    this.#options.store.delete(podKey(namespace, name));
    for (const { container } of record?.containers.values() ?? []) await container?.stop();
    await record?.sandbox?.stop();
  }

  /** Ends the containers of a pod that is marked for deletion, and then the pod. */
  async terminate(namespace: string, name: string, uid: string): Promise<void> {
    const { store } = this.#options;
    const record = this.find(namespace, name);
    if (record !== undefined && record.pod.metadata.uid === uid) {
      for (const one of record.containers.values()) await this.#end(one, 0, 0);
      await record.sandbox?.stop();
      this.#pods.delete(`${namespace}/${name}`);
    }
    if (store.get(podKey(namespace, name))?.metadata.uid === uid) store.delete(podKey(namespace, name));
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
    this.#hold(container, waiting);
    this.#publish(record);
  }

  setPhase(namespace: string, name: string, phase: string): void {
    const record = this.find(namespace, name);
    if (record === undefined) throw new Error(`no pod ${namespace}/${name} on a node`);
    record.phase = phase;
    this.#publish(record);
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
    const { machine, images, store } = this.#options;
    const wanted = record.pod.spec.containers.find((one) => one.name === container.name);
    const image = wanted && images[wanted.image];
    if (wanted === undefined || image === undefined) throw new Error(`no image ${wanted?.image}`);
    container.id = newContainerId();
    container.log = new ContainerLog();
    const startedAt = new Date();
    container.state = { kind: 'running', startedAt };
    if (machine === undefined || record.sandbox === undefined) {
      for (const line of image.logWithoutProcesses ?? []) container.log.append(line);
      return;
    }
    const spec = containerSpec(record.pod, wanted, image, record.volumes, store);
    const layer = this.#layer(machine, wanted.image, image);
    const running = await startContainer(machine, record.sandbox, container.id, spec, layer, container.log);
    container.container = running;
    void running.exited.then(({ exitCode, signal }) => {
      if (container.container !== running) return;
      container.container = undefined;
      const end = ended(container, exitCode, signal);
      if (record.atEnd === 'restarts' && fieldOf(record.pod, 'spec.restartPolicy') === 'Always')
        this.#backOff(record, container, end);
      else container.state = { kind: 'terminated', end };
      this.#publish(record);
    });
  }

  async #end(container: ContainerRecord, exitCode: number, signal: number): Promise<void> {
    if (container.state.kind !== 'running') return;
    const running = container.container;
    container.container = undefined;
    await running?.stop();
    container.last = ended(container, exitCode, signal);
    container.previousLog = container.log;
  }

  #hold(container: ContainerRecord, { reason, message, exitCode, log }: Waiting): void {
    if (exitCode !== undefined && container.last === undefined) {
      container.id = newContainerId();
      container.restartCount += 1;
      container.last = ended(container, exitCode, 0);
    }
    if (log !== undefined) {
      container.previousLog = log === 'lost' ? undefined : new ContainerLog();
      if (log !== 'lost') for (const line of log) container.previousLog?.append(line);
    }
    container.state = { kind: 'waiting', reason, message };
  }

  #backOff({ pod }: PodRecord, container: ContainerRecord, end: Ended): void {
    const { namespace, name, uid } = pod.metadata;
    container.last = end;
    container.previousLog = container.log;
    container.restartCount += 1;
    const message = `back-off 10s restarting failed container=${container.name} pod=${name}_${namespace}(${uid})`;
    container.state = { kind: 'waiting', reason: 'CrashLoopBackOff', message };
  }

  #imageMissing({ pod, atEnd }: PodRecord, { name }: ContainerRecord): Waiting | undefined {
    const image = pod.spec.containers.find((one) => one.name === name)?.image ?? '';
    if (atEnd === 'stays ended' || this.#options.images[image] !== undefined) return undefined;
    return { reason: 'ImagePullBackOff', message: `Back-off pulling image "${image}"` };
  }

  #layer(machine: Machine, name: string, image: Image): Layer {
    let layer = this.#layers.get(name);
    if (layer === undefined) {
      const folder = join(machine.folder, 'images', String(this.#layers.size));
      mkdirSync(folder, { recursive: true });
      layer = writeImageLayer(folder, image, machine.tools);
      this.#layers.set(name, layer);
    }
    return layer;
  }

  #publish(record: PodRecord): Pod {
    const { store } = this.#options;
    const { namespace, name, uid } = record.pod.metadata;
    const status = podStatus({ ...record, records: [...record.containers.values()], hostIp: NODE_IP });
    const current = store.get(podKey(namespace, name));
    if (current === undefined || !isPod(current) || current.metadata.uid !== uid)
      return { ...record.pod, status };
    return store.put({ ...current, status });
  }
}

const podKey = (namespace: string, name: string) => ({ group: '', resource: 'pods', namespace, name });

const newRecord = (name: string): ContainerRecord => ({
  ...{ name, id: '', restartCount: 0, state: { kind: 'waiting', reason: 'ContainerCreating', message: '' } },
  ...{ last: undefined, log: new ContainerLog(), previousLog: undefined, container: undefined },
});

const ended = (container: ContainerRecord, exitCode: number, signal: number): Ended => ({
  ...{ exitCode, signal, reason: exitCode === 0 ? 'Completed' : 'Error' },
  startedAt: container.state.kind === 'running' ? container.state.startedAt : new Date(),
  finishedAt: new Date(),
  containerId: container.id,
});
