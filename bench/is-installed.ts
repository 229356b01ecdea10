import { spawn } from 'node:child_process';
import { once } from 'node:events';

/** Whether a program can be run here. */
export const isInstalled = async (program: string, args: readonly string[]): Promise<boolean> => {
  const child = spawn(program, args, { stdio: 'ignore' });
  const [code] = await Promise.race([once(child, 'close'), once(child, 'error').then(() => [1])]);
  return code === 0;
};
