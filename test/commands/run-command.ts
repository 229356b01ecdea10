import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';

const ENTRY = fileURLToPath(new URL('../../bin/firebreak.mjs', import.meta.url));

/** What a command is still running after this long is a hang. */
const DEADLINE_MS = 30_000;

export interface Ended {
  /** `undefined` when it had to be killed. */
  readonly code: number | undefined;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs `firebreak <args>` by its real entry, with these variables and PATH alone, until it ends. */
export const runCommand = async (
  args: readonly string[],
  variables: Readonly<Record<string, string>> = {},
): Promise<Ended> => {
  const child = spawn(process.execPath, [ENTRY, ...args], {
    env: { PATH: process.env['PATH'], ...variables },
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: DEADLINE_MS,
    killSignal: 'SIGKILL',
  });
  const [stdout, stderr, [code]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, 'exit').then((ended): readonly unknown[] => ended),
  ]);
  return { code: typeof code === 'number' ? code : undefined, stdout, stderr };
};
