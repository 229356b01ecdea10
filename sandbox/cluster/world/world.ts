import type { KubeObject } from '../api/kube-object.ts';
import type { PodManifest } from '../api/pod.ts';
import type { Waiting } from '../pods/container-record.ts';
import type { Image } from '../runtime/image.ts';
import type { PodEvent } from './objects.ts';

export interface WorldPod {
  readonly manifest: PodManifest;
  /** Containers that do not run, by name. */
  readonly waiting?: Readonly<Record<string, Waiting>>;
}

/** Everything that is in a cluster when it starts. */
export interface World {
  readonly images: Readonly<Record<string, Image>>;
  readonly objects: readonly KubeObject[];
  readonly pods: readonly WorldPod[];
  /** Written when the pods are there, because an event names its pod's uid. */
  readonly podEvents?: readonly PodEvent[];
}
