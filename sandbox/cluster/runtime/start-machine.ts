import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, statSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CgroupTree } from './cgroup-tree.ts';
import { childOf } from './child-of.ts';
import { findHostTools, type HostTools } from './host-tools.ts';
import type { Machine, Privilege } from './machine.ts';
import { PipeMaker } from './pipe-pair.ts';
import { probeContainer } from './probe-container.ts';
import { removeTree } from './remove-tree.ts';
import { TOOL_PATH } from './run-tool.ts';
import { waitForLine } from './wait-for-line.ts';

/** Overlay needs an upper folder on a file system that is no overlay itself; /dev/shm is the second choice. */
const BASES = [tmpdir(), '/dev/shm'] as const;

/** Starts the machine, or says in one sentence why this host does not allow it. */
export async function startMachine(): Promise<Machine | string> {
  if (process.platform !== 'linux') return `containers need Linux, and this is ${process.platform}`;
  const tools = findHostTools();
  if (typeof tools === 'string') return tools;
  // Root in a container of its own may lack the right to mount, and still be allowed a user namespace.
  const privileges: readonly Privilege[] =
    process.getuid?.() === 0 ? ['root', 'user namespace'] : ['user namespace'];
  let reason = '';
  for (const privilege of privileges) {
    for (const base of BASES) {
      const machine = await startIn(base, tools, privilege).catch((error: unknown) => String(error));
      if (typeof machine !== 'string') return machine;
      reason ||= machine;
    }
  }
  return `this machine allows no containers: ${reason}`;
}

const PREFIX = 'stand-in-cluster-';
const LEFTOVER_AGE_MS = 10 * 60 * 1000;

/** Folders of runs that were killed: their process is gone and they are old, in case /tmp is shared with other pids. */
function removeLeftovers(base: string): void {
  for (const name of readdirSync(base).filter((one) => one.startsWith(PREFIX))) {
    const owner = /^\d+/.exec(name.slice(PREFIX.length))?.[0] ?? '';
    const age = Date.now() - (statSync(join(base, name), { throwIfNoEntry: false })?.mtimeMs ?? Date.now());
    if (owner === '' || existsSync(`/proc/${owner}`) || age < LEFTOVER_AGE_MS) continue;
    try {
      removeTree(join(base, name));
    } catch {
      // Another user's, or someone else is removing it.
    }
  }
}

async function startIn(base: string, tools: HostTools, privilege: Privilege): Promise<Machine> {
  removeLeftovers(base);
  const folder = mkdtempSync(join(base, `${PREFIX}${process.pid}-`));
  let init: ChildProcess | undefined;
  const cgroups = privilege === 'root' ? CgroupTree.make() : undefined;
  const stop = async () => {
    if (init !== undefined && init.exitCode === null && init.signalCode === null) {
      const gone = new Promise((resolve) => init?.once('exit', resolve));
      init.kill('SIGKILL');
      await gone;
    }
    await cgroups?.remove();
    removeTree(folder);
  };
  try {
    mkdirSync(join(folder, 'pipes'));
    writeDeviceLinks(join(folder, 'dev'));
    const user = privilege === 'root' ? [] : ['--user', '--map-root-user'];
    init = spawn(
      tools.setpriv,
      [
        ...[
          '--pdeathsig',
          'KILL',
          tools.unshare,
          ...user,
          '--pid',
          '--mount',
          '--net',
          '--propagation',
          'private',
        ],
        ...['--fork', '--kill-child', tools.sh, '-c', 'echo ready; exec sleep infinity'],
      ],
      { stdio: ['ignore', 'pipe', 'pipe'], env: { PATH: TOOL_PATH, LC_ALL: 'C' } },
    );
    await waitForLine(init, 'ready');
    const pipes = new PipeMaker(join(folder, 'pipes'), tools.mkfifo);
    const machine: Machine = { tools, privilege, folder, pipes, cgroups, stop, pid: childOf(init.pid ?? 0) };
    await probeContainer(machine);
    return machine;
  } catch (error) {
    await stop();
    throw error;
  }
}

/** What lies in /dev beside the devices. */
function writeDeviceLinks(folder: string): void {
  for (const name of ['pts', 'shm']) mkdirSync(join(folder, name), { recursive: true });
  const links = {
    fd: '/proc/self/fd',
    stdin: '/proc/self/fd/0',
    stdout: '/proc/self/fd/1',
    stderr: '/proc/self/fd/2',
  };
  for (const [name, target] of Object.entries({ ...links, ptmx: 'pts/ptmx' }))
    symlinkSync(target, join(folder, name));
}
