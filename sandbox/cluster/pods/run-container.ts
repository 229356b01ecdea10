import type { ObjectStore } from '../api/object-store.ts';
import type { PodContainer } from '../api/pod.ts';
import { type ContainerExit, startContainer } from '../runtime/container.ts';
import { ContainerLog } from '../runtime/container-log.ts';
import type { Image } from '../runtime/image.ts';
import type { Machine } from '../runtime/machine.ts';
import { type ContainerRecord, newContainerId } from './container-record.ts';
import { containerSpec } from './container-spec-of.ts';
import type { ImageLayers } from './image-layers.ts';
import type { PodRecord } from './pod-record.ts';

/** What a node starts containers with. */
export interface NodeRuntime {
  readonly store: ObjectStore;
  /** Absent: containers are said to run, but there are no processes behind them. */
  readonly machine: Machine | undefined;
  readonly images: Readonly<Record<string, Image>>;
  readonly layers: ImageLayers;
}

export interface ContainerStart {
  readonly pod: Pick<PodRecord, 'pod' | 'sandbox' | 'volumes'>;
  readonly container: ContainerRecord;
  readonly wanted: PodContainer;
  /** A process of the host whose pid namespace it joins; one of its own when left out. */
  readonly seesProcessesOf?: number | undefined;
  readonly ended: (exit: ContainerExit) => void;
}

/** Starts a container of a pod under a new id. `ended` is told, unless somebody else has ended it. */
export async function runContainer(runtime: NodeRuntime, start: ContainerStart): Promise<void> {
  const { store, machine, images, layers } = runtime;
  const { pod, container, wanted, seesProcessesOf } = start;
  const image = images[wanted.image];
  if (image === undefined) throw new Error(`no image ${wanted.image}`);
  container.id = newContainerId();
  container.log = new ContainerLog();
  container.state = { kind: 'running', startedAt: new Date() };
  const own = containerSpec(pod.pod, wanted, image, pod.volumes, store);
  container.user = { uid: own.uid, gid: own.gid };
  if (machine === undefined || pod.sandbox === undefined) {
    for (const line of image.logWithoutProcesses ?? []) container.log.append(line);
    return;
  }
  const spec = { ...own, ...(seesProcessesOf === undefined ? {} : { seesProcessesOf }) };
  const layer = layers.of(machine, wanted.image, image);
  const running = await startContainer(machine, pod.sandbox, container.id, spec, layer, container.log);
  container.container = running;
  void running.exited.then((exit) => {
    if (container.container !== running) return;
    container.container = undefined;
    start.ended(exit);
  });
}

/** Why a node does not start a container yet; undefined when nothing is in the way. */
export function heldBack(
  images: NodeRuntime['images'],
  { spec }: PodRecord['pod'],
  wanted: PodContainer,
): { readonly reason: string; readonly message: string } | undefined {
  const image = images[wanted.image];
  if (image === undefined)
    return { reason: 'ImagePullBackOff', message: `Back-off pulling image "${wanted.image}"` };
  const security = { ...spec.securityContext, ...wanted.securityContext };
  if (security['runAsNonRoot'] !== true || (security.runAsUser ?? image.uid ?? 0) !== 0) return undefined;
  const why =
    security.runAsUser === 0
      ? "container's runAsUser breaks non-root policy"
      : 'container has runAsNonRoot and image will run as root';
  return { reason: 'CreateContainerConfigError', message: why };
}
