import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, mkdirSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { Duplex } from 'node:stream';
import { cgroupFiles } from './cgroup-files.ts';
import { inCgroup } from './cgroup-tree.ts';
import { childOf } from './child-of.ts';
import type { ContainerLog } from './container-log.ts';
import type { ContainerSpec } from './container-spec.ts';
import { IMAGE_PATH } from './image.ts';
import type { Layer } from './image-layer.ts';
import { coverInherited } from './inherited-descriptors.ts';
import { joinUser, type Machine } from './machine.ts';
import { mountScript } from './mount-script.ts';
import type { PipePair } from './pipe-pair.ts';
import { killAndWait, type PodSandbox } from './pod-sandbox.ts';
import { runTool } from './run-tool.ts';

export interface ContainerExit {
  readonly exitCode: number;
  readonly signal: number;
}

/** A running container: real processes in namespaces of their own. */
export interface Container {
  readonly spec: ContainerSpec;
  /** Its first process, as the host numbers it. */
  readonly pid: number;
  /** Its writable layer, on the host. */
  readonly upper: string;
  /** Files that show at /sys/fs/cgroup; write to them to play memory pressure. */
  readonly cgroup: string;
  /** The folder of the cgroup that its processes are in, where there are cgroups. */
  readonly place: string | undefined;
  readonly env: Readonly<Record<string, string>>;
  readonly exited: Promise<ContainerExit>;
  readonly stop: () => Promise<void>;
}

/**
 * The first process waits until its root is ready, then becomes the container's own program. Its streams come as
 * descriptors 4 and 5, so that nothing the tools around it say gets into the container's log.
 */
const INIT =
  'exec >&4 2>&5 4>&- 5>&-; echo ready >&3; read -r go <&3 || exit 1; exec 3>&-; cd "$0" || exit 1; exec "$@"';

/**
 * Starts a container in its pod. Its standard streams are pipes whose lines go to `log`. Rejects when the root
 * can't be built; a program that is missing ends with exit code 127, as a shell reports it.
 */
export async function startContainer(
  machine: Machine,
  sandbox: PodSandbox,
  id: string,
  spec: ContainerSpec,
  layer: Layer,
  log: ContainerLog,
): Promise<Container> {
  const { tools, privilege } = machine;
  const folder = join(machine.folder, 'containers', id);
  const at = (name: string) => join(folder, name);
  for (const name of ['upper', 'work', 'merged', 'cgroup']) mkdirSync(at(name), { recursive: true });
  for (const [name, text] of Object.entries(cgroupFiles(spec.memory)))
    writeFileSync(join(at('cgroup'), name), text);

  const env = { PATH: IMAGE_PATH, HOME: spec.uid === 0 ? '/root' : '/', ...spec.image.env, ...spec.env };
  const joined = spec.seesProcessesOf;
  const processes = joined === undefined ? '-p' : `--pid=/proc/${joined}/ns/pid`;
  const ownProcesses = joined === undefined ? ['-p'] : [];
  const user = privilege === 'root' ? ['-S', String(spec.uid), '-G', String(spec.gid)] : [];
  const [stdout, stderr] = await Promise.all([machine.pipes.output(), machine.pipes.output()]);
  const place = machine.cgroups?.place(basename(sandbox.folder), id);
  const [file, ...before] = [...inCgroup(tools.sh, place), tools.nsenter];
  const child = spawn(
    file,
    [
      ...before,
      ...['-t', String(sandbox.pid), ...joinUser(privilege), processes, '-m', '-n', '-u', '-i', '--'],
      ...[tools.unshare, ...ownProcesses, '-m', '-C', '--fork', '--kill-child', ...user],
      ...['--', tools.setsid, tools.sh, '-c', INIT, spec.workingDir, ...spec.command],
    ],
    { stdio: coverInherited(['ignore', 'ignore', 'ignore', 'pipe', stdout.farFd, stderr.farFd]), env },
  );
  const recorded = Promise.all([record(stdout, log), record(stderr, log)]);
  const exited = exitOf(child).then(async (exit) => {
    await recorded;
    return exit;
  });
  const gate = child.stdio[3];
  if (!(gate instanceof Duplex)) throw new Error('the container has no gate');
  await firstByte(gate, exited);
  const pid = childOf(childOf(child.pid ?? 0));
  const stop = () => killAndWait(child, pid);
  try {
    const script = mountScript({
      ...{ layer, upper: at('upper'), work: at('work'), merged: at('merged'), cgroup: at('cgroup') },
      ...{ etc: join(sandbox.folder, 'etc'), mounts: spec.mounts, devices: join(machine.folder, 'dev') },
    });
    const enter = ['-t', String(pid), ...joinUser(privilege), '-p', '-m', '-n', '-u', '-i'];
    await runTool(tools.nsenter, [...enter, '--', tools.sh, '-s'], script);
  } catch (error) {
    await stop();
    throw error;
  }
  gate.end('go\n');
  return { spec, pid, upper: at('upper'), cgroup: at('cgroup'), place, env, exited, stop };
}

/** Resolves when the container has closed the pipe, its last words written down. */
function record(pipe: PipePair, log: ContainerLog): Promise<void> {
  closeSync(pipe.farFd);
  const sink = log.sink();
  return new Promise((resolve) => {
    pipe.near.setEncoding('utf8').on('data', (chunk: string) => sink.write(chunk));
    pipe.near.on('error', () => pipe.near.destroy());
    pipe.near.once('close', () => {
      sink.end();
      resolve();
    });
  });
}

function firstByte(gate: Duplex, exited: Promise<ContainerExit>): Promise<void> {
  return new Promise((resolve, reject) => {
    gate.once('data', () => resolve());
    gate.on('error', reject);
    void exited.then(({ exitCode }) =>
      reject(new Error(`the container ended with ${exitCode} before it started`)),
    );
  });
}

function exitOf(child: ChildProcess): Promise<ContainerExit> {
  return new Promise((resolve) => {
    child.once('error', () => resolve({ exitCode: 128, signal: 0 }));
    child.once('exit', (code, signal) =>
      resolve(signal === null ? { exitCode: code ?? 0, signal: 0 } : { exitCode: 137, signal: 9 }),
    );
  });
}
