import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import type { ClusterClient, ExecRequest, ExecSession, ExecStatus } from '../../src/core/cluster.ts';

/** How the stream of a child process is spoilt on its way, as a cluster could. */
export interface Spoil {
  readonly stdout?: (source: AsyncIterable<Uint8Array>) => AsyncIterable<Uint8Array>;
  readonly stderr?: (source: AsyncIterable<Uint8Array>) => AsyncIterable<Uint8Array>;
  readonly status?: ExecStatus;
}

export interface ChildClientOptions {
  /** What runs instead of `sh -s` in a container: a real shell. */
  readonly argv: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly protocol?: 'v5' | 'v4';
  readonly spoil?: Spoil;
}

export interface ChildClient extends ClusterClient {
  /** What was asked to run. */
  readonly commands: readonly (readonly string[])[];
  /** Cuts every connection at once, as a client that died does. */
  drop(): void;
  /** Processes of the process groups that were started, that still live: `pid name`. */
  remaining(): readonly string[];
}

const refuse = (): never => {
  throw new Error('this stand-in runs processes only');
};

const statusOf = async (child: ChildProcess): Promise<ExecStatus> => {
  try {
    const [code, signal]: unknown[] = await once(child, 'close');
    return { kind: 'exited', code: typeof code === 'number' ? code : signal === 'SIGKILL' ? 137 : 143 };
  } catch {
    const name = JSON.stringify(child.spawnfile);
    // The words of containerd and runc, as a cluster passes them on.
    return {
      kind: 'failed',
      reason: 'InternalError',
      message: `exec: ${name}: executable file not found in $PATH`,
    };
  }
};

const groupMembers = (leader: number): readonly string[] =>
  readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => {
      try {
        const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
        const [state, , group] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
        return Number(group) === leader && state !== 'Z' ? [stat.slice(0, stat.lastIndexOf(')') + 1)] : [];
      } catch {
        return [];
      }
    });

const sessionOf = (child: ChildProcess, request: ExecRequest, options: ChildClientOptions): ExecSession => {
  const { stdin, stdout, stderr } = child;
  if (stdin === null || stdout === null || stderr === null) throw new Error('the child has no pipes');
  stdin.on('error', () => undefined);
  const pass = (source: AsyncIterable<Uint8Array>) => source;
  const ended = statusOf(child);
  const status =
    options.spoil?.status === undefined ? ended : ended.then(() => options.spoil?.status ?? ended);
  const abort = (): void => {
    stdin.destroy();
    stdout.destroy();
    stderr.destroy();
  };
  request.signal.addEventListener('abort', abort, { once: true });
  return {
    protocol: options.protocol ?? 'v5',
    stdout: (options.spoil?.stdout ?? pass)(stdout),
    stderr: (options.spoil?.stderr ?? pass)(stderr),
    status,
    write: (bytes) => new Promise((resolve) => stdin.write(bytes, () => resolve())),
    endStdin: () => {
      if ((options.protocol ?? 'v5') === 'v5') stdin.end();
    },
    abort,
  };
};

/** A cluster whose containers are a shell of this machine. Each exec is a process group of its own. */
export const childClient = (options: ChildClientOptions): ChildClient => {
  const commands: (readonly string[])[] = [];
  const leaders: number[] = [];
  const sessions: ExecSession[] = [];
  return {
    commands,
    get: refuse,
    list: refuse,
    allowed: refuse,
    allowedFor: refuse,
    version: refuse,
    logs: refuse,
    drop: () => {
      for (const session of sessions) session.abort();
    },
    remaining: () => leaders.flatMap(groupMembers),
    exec: async (request) => {
      commands.push(request.command);
      const [file = '', ...rest] = options.argv;
      const env = { PATH: process.env['PATH'] ?? '/usr/bin:/bin', ...options.env };
      const child = spawn(file, rest, { env, detached: true, stdio: ['pipe', 'pipe', 'pipe'] });
      if (child.pid !== undefined) leaders.push(child.pid);
      const session = sessionOf(child, request, options);
      sessions.push(session);
      return session;
    },
  };
};
