import { spawn } from 'node:child_process';
import { once } from 'node:events';

/** Whether a program can be run here. */
export const isInstalled = async (program: string, args: readonly string[]): Promise<boolean> => {
  const child = spawn(program, args, { stdio: 'ignore' });
  // `once` rejects by itself at an `error`, which is what a program that is not there gives.
  return once(child, 'close').then(
    ([code]) => code === 0,
    () => false,
  );
};
