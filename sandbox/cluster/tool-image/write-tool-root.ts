import { execFileSync } from 'node:child_process';
import { TOOL_PATH } from '../runtime/run-tool.ts';
import { listToolFiles, toolScript } from './list-tool-files.ts';

/** Writes the root of the tool image to a folder, by the script that its Dockerfile runs. Throws where that cannot be. */
export function writeToolRoot(folder: string): void {
  const files = listToolFiles();
  if (typeof files === 'string') throw new Error(files);
  execFileSync('sh', [toolScript('write-image.sh'), folder], { input: files.list, env: { PATH: TOOL_PATH } });
}
