import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { errnoOf } from './store-failure.ts';

/**
 * Makes a folder and those above it, mode 0700. Node's own recursion says ENOENT for whatever kept it from making one
 * on the way, EROFS too; the one that could not be made is tried again by itself, so that the reason comes out.
 */
export const makeFolder = async (path: string): Promise<void> => {
  try {
    await mkdir(path, { recursive: true, mode: 0o700 });
  } catch (thrown) {
    if (errnoOf(thrown) !== 'ENOENT' || dirname(path) === path) throw thrown;
    await makeFolder(dirname(path));
    await mkdir(path, { mode: 0o700 });
  }
};
