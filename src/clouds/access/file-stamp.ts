import { stat } from 'node:fs/promises';

/**
 * Differs when the file was written or replaced since; `absent` when there is none. A projected volume is swapped by a
 * new link target: inode and time differ then.
 */
export const fileStamp = async (path: string): Promise<string> => {
  const found = await stat(path, { bigint: true }).catch(() => undefined);
  return found === undefined ? 'absent' : `${found.ino}:${found.mtimeNs}:${found.size}`;
};
