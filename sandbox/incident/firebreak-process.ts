import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { mkdir, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const ENTRY = fileURLToPath(new URL('../../bin/firebreak.mjs', import.meta.url));
/** Of every process that is started from this checkout: what one has compiled the next one reads. */
const COMPILED = fileURLToPath(new URL('../../node_modules/.cache/firebreak', import.meta.url));
const READY = 'Firebreak is ready.';
const START_DEADLINE_MS = 60_000;

export interface FirebreakProcess extends AsyncDisposable {
  readonly pid: number;
  readonly adminPort: number;
  /** What it wrote to its log, one parsed line each. */
  readonly log: readonly Readonly<Record<string, unknown>>[];
  /** Sends the signal and resolves when the process is gone. */
  kill(signal: 'SIGKILL' | 'SIGTERM' | 'SIGSTOP' | 'SIGCONT'): Promise<void>;
  readonly exited: Promise<number | null>;
}

const parseLine = (line: string): Readonly<Record<string, unknown>> => {
  try {
    const parsed: unknown = JSON.parse(line);
    return typeof parsed === 'object' && parsed !== null ? { ...parsed } : { msg: line };
  } catch {
    return { msg: line };
  }
};

/** Puts the shared compile cache where `firebreak serve` keeps its own; one that is there stays. */
const shareCompiled = async (dataDir: string): Promise<void> => {
  await mkdir(COMPILED, { recursive: true });
  await symlink(COMPILED, join(dataDir, 'compile-cache')).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EEXIST') throw error;
  });
};

/**
 * Starts `firebreak serve` as its own process, as the image does, and resolves when it is ready. Rejects with what it
 * wrote when it ends before that. Its log is added to `logFile` too.
 */
export const startFirebreak = async (
  variables: Readonly<Record<string, string>>,
  logFile: string,
): Promise<FirebreakProcess> => {
  if (variables['FIREBREAK_DATA_DIR'] !== undefined) await shareCompiled(variables['FIREBREAK_DATA_DIR']);
  const inherited = Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !/^(SLACK_|FIREBREAK_|DATABASE_|PORT$)/.test(name)),
  );
  const child: ChildProcess = spawn(process.execPath, [ENTRY, 'serve'], {
    env: { ...inherited, FIREBREAK_ADMIN_PORT: '0', ...variables },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const log: Readonly<Record<string, unknown>>[] = [];
  const problems: string[] = [];
  const file = createWriteStream(logFile, { flags: 'a' });
  const exited = once(child, 'exit').then(([code]: (number | null)[]) => code ?? null);
  const ready = Promise.withResolvers<number>();
  if (child.stdout === null || child.stderr === null || child.pid === undefined)
    throw new Error('the process has no output');
  createInterface({ input: child.stdout }).on('line', (line) => {
    const entry = parseLine(line);
    file.write(`${line}\n`);
    log.push(entry);
    if (entry['msg'] === READY) ready.resolve(Number(entry['adminPort']));
  });
  createInterface({ input: child.stderr }).on('line', (line) => problems.push(line));
  // Cleared once it is ready: a deadline that outlives the start would end a process that works.
  const tooLate = setTimeout(() => {
    child.kill('SIGKILL');
    ready.reject(new Error(`firebreak was not ready in time:\n${problems.join('\n')}`));
  }, START_DEADLINE_MS);
  const adminPort = await Promise.race([
    ready.promise,
    exited.then((code) => {
      throw new Error(
        `firebreak ended with ${code}:\n${problems.join('\n')}\n${log.map((entry) => JSON.stringify(entry)).join('\n')}`,
      );
    }),
  ]).finally(() => clearTimeout(tooLate));
  const kill: FirebreakProcess['kill'] = async (signal) => {
    child.kill(signal);
    if (signal === 'SIGKILL' || signal === 'SIGTERM') await exited;
  };
  return {
    pid: child.pid,
    adminPort,
    log,
    exited,
    kill,
    [Symbol.asyncDispose]: async () => {
      if (child.exitCode !== null || child.signalCode !== null) return;
      // One that was put to sleep would never read the other signal.
      child.kill('SIGCONT');
      await kill('SIGTERM');
    },
  };
};
