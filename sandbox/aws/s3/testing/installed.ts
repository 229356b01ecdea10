import { spawnSync } from 'node:child_process';

/** Whether the program can be started here, `program --version` being harmless for the judges used. */
export function isInstalled(program: string, args: readonly string[] = ['--version']): boolean {
  return spawnSync(program, args, { stdio: 'ignore' }).status === 0;
}
