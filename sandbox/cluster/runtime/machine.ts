import type { CgroupTree } from './cgroup-tree.ts';
import type { HostTools } from './host-tools.ts';
import type { PipeMaker } from './pipe-pair.ts';

/** Root of the host keeps its rights; anyone else becomes root of a user namespace that holds only them. */
export type Privilege = 'root' | 'user namespace';

/**
 * Where the containers run: one process that owns a pid and a mount namespace, in which all pods are nested. The
 * kernel ends it when we die, whatever kills us, and with it every process and every mount below it.
 */
export interface Machine {
  readonly tools: HostTools;
  readonly privilege: Privilege;
  readonly folder: string;
  readonly pipes: PipeMaker;
  /** The machine's first process, as the host numbers it. */
  readonly pid: number;
  /** Absent where no cgroups can be made: then nothing tells the processes of one container from those of another. */
  readonly cgroups: CgroupTree | undefined;
  readonly stop: () => Promise<void>;
}

/** Arguments of nsenter that join the machine's or a pod's user namespace, where there is one. */
export const joinUser = (privilege: Privilege): readonly string[] =>
  privilege === 'root' ? [] : ['-U', '--preserve-credentials'];
