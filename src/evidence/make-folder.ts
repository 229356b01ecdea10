import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { errnoOf } from './store-failure.ts';
import { syncFolder } from './sync-folder.ts';

/**
 * Makes a folder and those above it, mode 0700, and makes their names durable: evidence that was synced in a folder
 * whose name was not would be gone with the power. Node's own recursion says ENOENT for whatever kept it from making
 * one on the way, EROFS too; the one that could not be made is tried again by itself, so that the reason comes out.
 */
export const makeFolder = async (path: string): Promise<void> => {
  try {
    const first = await mkdir(path, { recursive: true, mode: 0o700 });
    if (first !== undefined) await syncNames(path, first);
  } catch (thrown) {
    if (errnoOf(thrown) !== 'ENOENT' || dirname(path) === path) throw thrown;
    await makeFolder(dirname(path));
    await mkdir(path, { mode: 0o700 });
  }
};

/** The names of `last` and of all that were made above it, down from `first`. */
const syncNames = async (last: string, first: string): Promise<void> => {
  for (let made = last; made.length >= first.length; made = dirname(made)) {
    try {
      await syncFolder(dirname(made));
    } catch (thrown) {
      // What lies above the store may be another's, who lets us pass and not read; it was there before, or is theirs to keep.
      if (errnoOf(thrown) !== 'EACCES') throw thrown;
    }
  }
};
