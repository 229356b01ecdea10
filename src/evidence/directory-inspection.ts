import { access, constants, stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { StoreInspection } from '../core/evidence.ts';
import { FirebreakError } from '../core/firebreak-error.ts';
import { createDirectoryStore, type DirectoryStoreOptions } from './directory-store.ts';
import { storeFailure } from './store-failure.ts';

const notThere = (root: string): FirebreakError =>
  new FirebreakError({
    code: 'evidence-store',
    message: `The evidence folder ${root} is not there.`,
    next: 'Make it, and give it to the user that Firebreak runs as, with mode 0700.',
  });

/** A folder keeps nothing from deletion: whoever may write there may delete. */
export const createDirectoryInspection = (options: DirectoryStoreOptions): StoreInspection => {
  const root = resolve(options.root);
  return {
    location: root,
    look: async (signal) => {
      signal.throwIfAborted();
      try {
        if (!(await stat(root)).isDirectory()) throw notThere(root);
        await access(root, constants.R_OK | constants.W_OK | constants.X_OK);
      } catch (thrown) {
        throw thrown instanceof Error && 'code' in thrown && thrown.code === 'ENOENT'
          ? notThere(root)
          : storeFailure(root, thrown);
      }
      return { kind: 'off', why: 'A folder keeps nothing from deletion.' };
    },
    probe: async (signal) => {
      await createDirectoryStore({ root }).check(signal);
      return { kind: 'deleted', why: 'Nothing in a folder denies a delete: the probe is gone again.' };
    },
  };
};
