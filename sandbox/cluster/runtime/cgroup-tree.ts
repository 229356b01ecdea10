import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const PREFIX = 'stand-in-cluster-';
const MOST_TRIES = 100;
const PAUSE_MS = 20;

/**
 * A node's cgroups, of the unified hierarchy, under the names that kubelet and containerd give them with systemd: a process
 * of the node finds by /proc/<pid>/cgroup which container of which pod another one belongs to. Nothing is limited there.
 * Source: Kubernetes, pkg/kubelet/cm/cgroup_manager_linux.go; containerd, cgroup naming of the CRI plugin.
 */
export class CgroupTree {
  readonly #root: string;

  private constructor(root: string) {
    this.#root = root;
  }

  /** Undefined where this machine lets us make none. */
  static make(): CgroupTree | undefined {
    const base = mountPoint();
    if (base === undefined) return undefined;
    removeLeftovers(base);
    try {
      return new CgroupTree(mkdtempSync(join(base, `${PREFIX}${process.pid}-`)));
    } catch {
      return undefined;
    }
  }

  /** The folder of a container's cgroup. */
  place(podUid: string, containerId: string): string {
    const pod = `kubepods-besteffort-pod${podUid.replaceAll('-', '_')}.slice`;
    const folder = join(this.#root, 'kubepods.slice', pod, `cri-containerd-${containerId}.scope`);
    mkdirSync(folder, { recursive: true });
    return folder;
  }

  /** Takes all of them away. What was killed in them is still ending for a moment; what stays is left to the next start. */
  async remove(): Promise<void> {
    for (let tries = 0; tries < MOST_TRIES && existsSync(this.#root); tries += 1) {
      removeEmpty(this.#root);
      await sleep(PAUSE_MS);
    }
  }
}

/** Arguments before a program's own, so that it begins in that cgroup. Writing 0 moves the writer. */
export const inCgroup = (sh: string, place: string | undefined): readonly string[] =>
  place === undefined ? [] : [sh, '-c', 'echo 0 >"$0/cgroup.procs"; exec "$@"', place];

const mountPoint = (): string | undefined => {
  try {
    const mounts = readFileSync('/proc/mounts', 'utf8').split('\n');
    return mounts.map((line) => line.split(' ')).find(([, , type]) => type === 'cgroup2')?.[1];
  } catch {
    return undefined;
  }
};

/** A cgroup is a folder whose files go with it; it stays while something runs in it. */
function removeEmpty(folder: string): void {
  try {
    for (const entry of readdirSync(folder, { withFileTypes: true }))
      if (entry.isDirectory()) removeEmpty(join(folder, entry.name));
    rmdirSync(folder);
  } catch {
    // Something runs there yet, or it is gone.
  }
}

/** Of test runs that were killed. */
function removeLeftovers(base: string): void {
  for (const name of readdirSync(base).filter((one) => one.startsWith(PREFIX))) {
    const owner = /^\d+/.exec(name.slice(PREFIX.length))?.[0] ?? '';
    if (owner !== '' && !existsSync(`/proc/${owner}`)) removeEmpty(join(base, name));
  }
}
