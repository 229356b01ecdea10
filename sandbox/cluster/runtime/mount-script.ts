import type { ContainerMount } from './container-spec.ts';
import type { Layer } from './image-layer.ts';
import { shellQuote } from './shell-quote.ts';

export interface RootPlan {
  readonly layer: Layer;
  readonly upper: string;
  readonly work: string;
  readonly merged: string;
  /** Folder with the files that show at /sys/fs/cgroup. */
  readonly cgroup: string;
  /** Folder with the pod's hostname, hosts and resolv.conf. */
  readonly etc: string;
  readonly mounts: readonly ContainerMount[];
}

const DEVICES = { null: '1 3', zero: '1 5', full: '1 7', random: '1 8', urandom: '1 9', tty: '5 0' } as const;
const ETC_FILES = ['hostname', 'hosts', 'resolv.conf'] as const;

const readOnlyAgain = (path: string) =>
  `mount -o remount,bind,ro ${path} 2>/dev/null || mount -o remount,bind,ro,nosuid,nodev ${path}`;

/**
 * The script that builds a container's root and moves the whole mount namespace into it. It runs in the container's
 * namespaces beside its first process, whose root moves along (pivot_root(2) does that for every process whose root
 * was the old one), and leaves no way back: the old root is unmounted.
 */
export function mountScript(plan: RootPlan): string {
  const q = shellQuote;
  const lines = [
    'set -e',
    `mount -t overlay overlay -o ${q(`lowerdir=${plan.layer.folder},upperdir=${plan.upper},workdir=${plan.work}`)} ${q(plan.merged)}`,
    `cd ${q(plan.merged)}`,
    ...plan.layer.binds.flatMap((path) => [`mount --rbind ${q(path)} .${path}`, readOnlyAgain(`.${path}`)]),
    'mount -t proc -o nosuid,nodev,noexec proc proc',
    'mount -t tmpfs -o mode=755,nosuid,size=64k tmpfs dev',
    ...Object.entries(DEVICES).map(
      ([name, numbers]) =>
        `mknod -m 666 dev/${name} c ${numbers} 2>/dev/null || { : > dev/${name}; mount --bind /dev/${name} dev/${name}; }`,
    ),
    'ln -s /proc/self/fd dev/fd; ln -s /proc/self/fd/0 dev/stdin; ln -s /proc/self/fd/1 dev/stdout; ln -s /proc/self/fd/2 dev/stderr',
    'mkdir dev/pts dev/shm; ln -s pts/ptmx dev/ptmx',
    'mount -t devpts -o nosuid,noexec,newinstance,ptmxmode=0666,mode=0620 devpts dev/pts',
    'mount -t tmpfs -o nosuid,nodev,noexec,size=64m shm dev/shm',
    'mount -t tmpfs -o mode=755,size=64k tmpfs sys',
    'mkdir -p sys/fs/cgroup',
    `mount --bind ${q(plan.cgroup)} sys/fs/cgroup`,
    readOnlyAgain('sys/fs/cgroup'),
    'mount -o remount,ro sys',
    ...ETC_FILES.map((name) => `mount --bind ${q(`${plan.etc}/${name}`)} etc/${name}`),
    ...plan.mounts.flatMap(mountLines),
    'pivot_root . mnt',
    'cd /',
    plan.layer.unmountOldRoot,
  ];
  return lines.join('\n');
}

function mountLines(mount: ContainerMount): readonly string[] {
  const path = shellQuote(`.${mount.path}`);
  const readOnly = mount.access === 'read-only';
  if (mount.how === 'bind') {
    return [
      `mkdir -p ${path}; mount --bind ${shellQuote(mount.source)} ${path}`,
      ...(readOnly ? [readOnlyAgain(path)] : []),
    ];
  }
  return [
    `mkdir -p ${path}; mount -t tmpfs -o mode=1777,size=1m tmpfs ${path}`,
    `cp -a ${shellQuote(`${mount.source}/.`)} ${path}`,
    ...(readOnly ? [`mount -o remount,ro ${path}`] : []),
  ];
}
