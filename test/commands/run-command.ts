import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';

const ENTRY = fileURLToPath(new URL('../../bin/firebreak.mjs', import.meta.url));

/** What a command is still running after this long is a hang. */
const DEADLINE_MS = 90_000;

export interface Ended {
  /** `undefined` when it had to be killed. */
  readonly code: number | undefined;
  readonly stdout: string;
  readonly stderr: string;
}

export interface StartedCommand {
  /** What it wrote to stdout until now. */
  written(): string;
  kill(signal: 'SIGKILL' | 'SIGINT' | 'SIGTERM' | 'SIGSTOP' | 'SIGCONT'): void;
  readonly ended: Promise<Ended>;
}

/** Starts `firebreak <args>` by its real entry, with these variables and PATH alone. */
export const startCommand = (
  args: readonly string[],
  variables: Readonly<Record<string, string>> = {},
): StartedCommand => {
  const child = spawn(process.execPath, [ENTRY, ...args], {
    env: { PATH: process.env['PATH'], ...variables },
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: DEADLINE_MS,
    killSignal: 'SIGKILL',
  });
  let written = '';
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    written += chunk;
  });
  const end = async (): Promise<Ended> => {
    const [stderr, [code]] = await Promise.all([
      text(child.stderr),
      once(child, 'close').then((ended): readonly unknown[] => ended),
    ]);
    return { code: typeof code === 'number' ? code : undefined, stdout: written, stderr };
  };
  return { written: () => written, kill: (signal) => child.kill(signal), ended: end() };
};

/** The same, until it ends. */
export const runCommand = (
  args: readonly string[],
  variables: Readonly<Record<string, string>> = {},
): Promise<Ended> => startCommand(args, variables).ended;
