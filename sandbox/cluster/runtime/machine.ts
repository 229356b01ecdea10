import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, statSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { childOf } from './child-of.ts';
import { findHostTools, type HostTools } from './host-tools.ts';
import { PipeMaker } from './pipe-pair.ts';
import { removeTree } from './remove-tree.ts';
import { runTool, TOOL_PATH } from './run-tool.ts';
import { waitForLine } from './wait-for-line.ts';

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
  readonly stop: () => Promise<void>;
}

/** Overlay needs an upper folder on a file system that is no overlay itself; /dev/shm is the second choice. */
const BASES = [tmpdir(), '/dev/shm'] as const;

/** Arguments of nsenter that join the machine's or a pod's user namespace, where there is one. */
export const joinUser = (privilege: Privilege): readonly string[] =>
  privilege === 'root' ? [] : ['-U', '--preserve-credentials'];

/** Starts the machine, or says in one sentence why this host does not allow it. */
export async function startMachine(): Promise<Machine | string> {
  if (process.platform !== 'linux') return `containers need Linux, and this is ${process.platform}`;
  const tools = findHostTools();
  if (typeof tools === 'string') return tools;
  const privilege: Privilege = process.getuid?.() === 0 ? 'root' : 'user namespace';
  let reason = '';
  for (const base of BASES) {
    const machine = await startIn(base, tools, privilege).catch((error: unknown) => String(error));
    if (typeof machine !== 'string') return machine;
    reason ||= machine;
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
  const stop = async () => {
    if (init !== undefined && init.exitCode === null && init.signalCode === null) {
      const gone = new Promise((resolve) => init?.once('exit', resolve));
      init.kill('SIGKILL');
      await gone;
    }
    removeTree(folder);
  };
  try {
    mkdirSync(join(folder, 'pipes'));
    writeDeviceLinks(join(folder, 'dev'));
    const user = privilege === 'root' ? [] : ['--user', '--map-root-user'];
    init = spawn(
      tools.setpriv,
      [
        ...['--pdeathsig', 'KILL', tools.unshare, ...user, '--pid', '--mount', '--propagation', 'private'],
        ...['--fork', '--kill-child', tools.sh, '-c', 'echo ready; exec sleep infinity'],
      ],
      { stdio: ['ignore', 'pipe', 'pipe'], env: { PATH: TOOL_PATH, LC_ALL: 'C' } },
    );
    await waitForLine(init, 'ready');
    const pid = childOf(init.pid ?? 0);
    await probeOverlay(folder, tools, privilege, pid);
    return { tools, privilege, folder, pid, stop, pipes: new PipeMaker(join(folder, 'pipes'), tools.mkfifo) };
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

/** Mounts what a container mounts, in a mount namespace that is gone with the probe. */
async function probeOverlay(
  folder: string,
  tools: HostTools,
  privilege: Privilege,
  pid: number,
): Promise<void> {
  for (const name of ['lower', 'upper', 'work', 'merged'])
    mkdirSync(join(folder, 'probe', name), { recursive: true });
  const script = [
    'set -e',
    `cd ${folder}/probe`,
    'mount -t overlay overlay -o lowerdir=lower,upperdir=upper,workdir=work merged',
    'mount -t proc proc merged',
  ].join('\n');
  const enter = [
    '-t',
    String(pid),
    ...joinUser(privilege),
    '-p',
    '-m',
    tools.unshare,
    '-m',
    '-n',
    '-u',
    '-i',
  ];
  await runTool(tools.nsenter, [...enter, tools.sh, '-c', script]);
}
