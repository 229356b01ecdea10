import { spawn } from 'node:child_process';
import { closeSync } from 'node:fs';
import type { Socket } from 'node:net';
import { inCgroup } from './cgroup-tree.ts';
import type { Container } from './container.ts';
import { coverInherited } from './inherited-descriptors.ts';
import { joinUser, type Machine } from './machine.ts';
import { shellQuote } from './shell-quote.ts';

export interface ExecRequest {
  readonly command: readonly string[];
  readonly stdin: boolean;
  readonly tty: boolean;
}

export interface ExecProcess {
  readonly stdin: Socket | undefined;
  readonly stdout: Socket;
  readonly stderr: Socket;
  readonly ended: Promise<number>;
}

/**
 * Starts a program in a running container: in all its namespaces, with its user, its environment and the working
 * directory of its first process, in a session of its own. Nobody ends it but itself: closing the streams does not.
 */
export async function startExec(
  machine: Machine,
  container: Container,
  request: ExecRequest,
): Promise<ExecProcess> {
  const { tools, privilege, pipes } = machine;
  const target = ['-t', String(container.pid)];
  const { uid, gid } = container.spec;
  const user = privilege === 'root' ? ['-S', String(uid), '-G', String(gid)] : ['--preserve-credentials'];
  // The pid namespace first, because only the process that is forked then is in it, and can lead a session there.
  const enter = [
    ...[...inCgroup(tools.sh, container.place), tools.nsenter],
    ...[...target, ...joinUser(privilege), '-p', '--', tools.setsid],
    ...[tools.nsenter, ...target, '-m', '-n', '-u', '-i', '-C', '-w', ...user, '--', ...request.command],
  ];
  const argv = request.tty ? inTerminal(tools.script, enter) : enter;
  const [stdin, stdout, stderr] = await Promise.all([
    request.stdin ? pipes.input() : undefined,
    pipes.output(),
    pipes.output(),
  ]);
  const [file = tools.nsenter, ...args] = argv;
  const child = spawn(file, args, {
    stdio: coverInherited([stdin?.farFd ?? ('ignore' as const), stdout.farFd, stderr.farFd]),
    env: container.env,
    detached: true,
  });
  for (const pipe of [stdin, stdout, stderr]) if (pipe !== undefined) closeSync(pipe.farFd);
  stdin?.near.on('error', () => undefined);
  const ended = new Promise<number>((resolve) => {
    child.once('error', () => resolve(COULD_NOT_START));
    child.once('exit', (code, signal) => resolve(code ?? SIGNAL_BASE + (SIGNALS[signal ?? ''] ?? 0)));
  });
  return { stdin: stdin?.near, stdout: stdout.near, stderr: stderr.near, ended };
}

const COULD_NOT_START = 128;
/** A shell's way to report death by a signal, which the runtime shares: 128 and the signal's number. */
const SIGNAL_BASE = 128;
const SIGNALS: Readonly<Record<string, number>> = {
  SIGHUP: 1,
  SIGINT: 2,
  SIGQUIT: 3,
  SIGILL: 4,
  SIGABRT: 6,
  SIGBUS: 7,
  SIGFPE: 8,
  SIGKILL: 9,
  SIGUSR1: 10,
  SIGSEGV: 11,
  SIGUSR2: 12,
  SIGPIPE: 13,
  SIGALRM: 14,
  SIGTERM: 15,
  SIGXFSZ: 25,
};

/** The terminal is one of the host's, made by script(1): CRLF and one stream, as with a terminal of the container. */
function inTerminal(script: string | undefined, argv: readonly string[]): readonly string[] {
  if (script === undefined) return argv;
  return [script, '-q', '-e', '-f', '-c', argv.map(shellQuote).join(' '), '/dev/null'];
}

const FAILED = /^nsenter: failed to execute (.*): (No such file or directory|Permission denied)\n$/s;

/** What nsenter said on stderr when the program could not be run, in the words of the container runtime. */
export function whyNotStarted(stderr: string): string | undefined {
  const [, program, error] = FAILED.exec(stderr) ?? [];
  if (program === undefined) return undefined;
  if (error === 'Permission denied') return `exec: "${program}": permission denied`;
  if (program.includes('/')) return `exec: "${program}": stat ${program}: no such file or directory`;
  return `exec: "${program}": executable file not found in $PATH`;
}

/** Every message of nsenter's about a program that it could not run starts so. */
export const NOT_STARTED_PREFIX = 'nsenter: failed to execute ';
