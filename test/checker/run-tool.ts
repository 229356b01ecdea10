import { spawnSync } from 'node:child_process';

/** Runs one of the system's tools in a folder. */
export const runTool = (
  program: string,
  args: readonly string[],
  folder: string,
): 'worked' | 'failed' | 'not on this machine' => {
  const { error, status } = spawnSync(program, [...args], { cwd: folder, stdio: 'ignore' });
  if (error !== undefined) return 'not on this machine';
  return status === 0 ? 'worked' : 'failed';
};
