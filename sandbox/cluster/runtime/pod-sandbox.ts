import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { childOf } from './child-of.ts';
import { coverInherited } from './inherited-descriptors.ts';
import { joinUser, type Machine } from './machine.ts';
import { TOOL_PATH } from './run-tool.ts';
import { waitForLine } from './wait-for-line.ts';

/** What the containers of one pod share: network, host name, System V IPC, and the files that name them. */
export interface PodSandbox {
  readonly pid: number;
  readonly folder: string;
  readonly stop: () => Promise<void>;
}

/** Not every host has ip(8); perl can set the flags of an interface itself: SIOCSIFFLAGS, up, loopback and running. */
const PAUSE = `hostname "$1" 2>/dev/null || echo "$1" > /proc/sys/kernel/hostname
for up in 'ip link set lo up' 'ifconfig lo up' 'busybox ip link set lo up'; do $up 2>/dev/null && break; done ||
  perl -e 'socket(S,2,1,0); ioctl(S,0x8914,pack("a16s","lo",0x49))' 2>/dev/null
echo ready
exec sleep infinity`;

/**
 * Starts the pod's pause process. `hostname` is the pod's name, `podIp` its address in /etc/hosts. It gets a network
 * namespace of its own, or that of the process `networkOf`.
 */
export async function startPodSandbox(
  machine: Machine,
  uid: string,
  hostname: string,
  podIp: string,
  networkOf?: number,
): Promise<PodSandbox> {
  const { tools, privilege } = machine;
  const folder = join(machine.folder, 'pods', uid);
  mkdirSync(join(folder, 'etc'), { recursive: true });
  writeFileSync(join(folder, 'etc/hostname'), `${hostname}\n`);
  writeFileSync(join(folder, 'etc/hosts'), `127.0.0.1\tlocalhost\n${podIp}\t${hostname}\n`);
  writeFileSync(
    join(folder, 'etc/resolv.conf'),
    'nameserver 10.96.0.10\nsearch svc.cluster.local cluster.local\n',
  );
  const shared = networkOf === undefined ? [] : [`--net=/proc/${networkOf}/ns/net`];
  const own = networkOf === undefined ? ['-n'] : [];
  const child = spawn(
    tools.nsenter,
    [
      ...['-t', String(machine.pid), ...joinUser(privilege), '-p', '-m', ...shared],
      ...['--', tools.unshare, ...own, '-u', '-i', tools.sh, '-c', PAUSE, 'sh', hostname],
    ],
    {
      stdio: coverInherited<'ignore' | 'pipe'>(['ignore', 'pipe', 'pipe']),
      env: { PATH: TOOL_PATH, LC_ALL: 'C' },
    },
  );
  await waitForLine(child, 'ready');
  const pid = childOf(child.pid ?? 0);
  return { pid, folder, stop: () => killAndWait(child, pid) };
}

/** Ends the process `pid`, of which `child` is the tool that waits for it, and waits until both are gone. */
export async function killAndWait(child: ChildProcess, pid: number): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = new Promise((resolve) => child.once('exit', resolve));
  // A program that has no pid namespace of its own leaves children, which are in its process group.
  const isKilled = [-pid, pid].map(kill).includes(true);
  if (!isKilled) child.kill('SIGKILL');
  await gone;
}

function kill(pid: number): boolean {
  try {
    return process.kill(pid, 'SIGKILL');
  } catch {
    return false;
  }
}
