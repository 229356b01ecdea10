import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { findHostTool } from '../runtime/host-tools.ts';
import { TOOL_PATH } from '../runtime/run-tool.ts';

/** What list-files.sh ends with when packages are not installed. */
const SOME_ARE_MISSING = 3;

export interface ToolFiles {
  /** One path a line. */
  readonly list: string;
  /** Debian packages of the tool image that this machine does not have. */
  readonly missing: readonly string[];
}

export const toolScript = (name: string): string =>
  fileURLToPath(new URL(`../../../deploy/tool-image/${name}`, import.meta.url));

/** The files of the tool image as this machine has them; or why it has none, in one sentence. */
export function listToolFiles(): ToolFiles | string {
  if (findHostTool('dpkg-query') === undefined)
    return 'This machine has no dpkg-query, so no tool image can be assembled from its packages.';
  const env = { PATH: TOOL_PATH };
  const { status, stdout, stderr } = spawnSync('sh', [toolScript('list-files.sh')], {
    encoding: 'utf8',
    env,
  });
  const missing = status === SOME_ARE_MISSING ? stderr.trim().split(' ') : [];
  if (status !== 0 && status !== SOME_ARE_MISSING)
    return `The files of the tool image cannot be listed: ${stderr}`;
  if (missing.includes('busybox-static'))
    return 'This machine has no busybox-static, without which a tool container cannot start.';
  return { list: stdout, missing };
}
