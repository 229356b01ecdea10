import type { Image } from './image.ts';

/** A folder of the node that a container sees at `path`. */
export interface ContainerMount {
  readonly path: string;
  readonly source: string;
  /** Secrets and tokens are copied into a tmpfs of their own, as the kubelet does; other volumes are bind mounts. */
  readonly how: 'tmpfs' | 'bind';
  readonly access: 'read-only' | 'read-write';
}

/** Everything the runtime needs to know to start one container. */
export interface ContainerSpec {
  readonly name: string;
  readonly image: Image;
  readonly command: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly workingDir: string;
  readonly uid: number;
  readonly gid: number;
  readonly mounts: readonly ContainerMount[];
  /** The first process of a container, as the host numbers it, whose pid namespace it joins instead of its own. */
  readonly seesProcessesOf?: number;
  /** What the cgroup files say; nothing enforces it. */
  readonly memory: { readonly limitBytes: number | undefined; readonly usedBytes: number };
}
