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
  /** Folder with the links and mount points of /dev. */
  readonly devices: string;
  readonly mounts: readonly ContainerMount[];
}

const DEVICES = ['null', 'zero', 'full', 'random', 'urandom', 'tty'] as const;
const ETC_FILES = ['hostname', 'hosts', 'resolv.conf'] as const;

/** In a user namespace the flags that the host has set on a mount can't be dropped, so they are named on the second try. */
const bindReadOnly = (source: string, path: string) =>
  `mount -o bind,ro ${source} ${path} 2>/dev/null || { mount --rbind ${source} ${path}; mount -o remount,bind,ro ${path} 2>/dev/null || mount -o remount,bind,ro,nosuid,nodev ${path}; }`;

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
    ...plan.layer.binds.map((path) => bindReadOnly(q(path), `.${path}`)),
    'mount -t proc -o nosuid,nodev,noexec proc proc',
    'mount -t tmpfs -o mode=755,nosuid,size=64k tmpfs dev',
    `cp -a ${q(`${plan.devices}/.`)} dev`,
    `cp -a ${DEVICES.map((name) => `/dev/${name}`).join(' ')} dev 2>/dev/null || for n in ${DEVICES.join(' ')}; do : > dev/$n; mount --bind /dev/$n dev/$n; done`,
    'mount -t devpts -o nosuid,noexec,newinstance,ptmxmode=0666,mode=0620 devpts dev/pts',
    'mount -t tmpfs -o nosuid,nodev,noexec,size=64m shm dev/shm',
    'mount -t tmpfs -o mode=755,size=64k tmpfs sys',
    'mkdir -p sys/fs/cgroup',
    bindReadOnly(q(plan.cgroup), 'sys/fs/cgroup'),
    'mount -o remount,bind,ro sys',
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
    const source = shellQuote(mount.source);
    return [`mkdir -p ${path}`, readOnly ? bindReadOnly(source, path) : `mount --bind ${source} ${path}`];
  }
  return [
    `mkdir -p ${path}; mount -t tmpfs -o mode=1777,size=1m tmpfs ${path}`,
    `cp -a ${shellQuote(`${mount.source}/.`)} ${path}`,
    ...(readOnly ? [`mount -o remount,bind,ro ${path}`] : []),
  ];
}
