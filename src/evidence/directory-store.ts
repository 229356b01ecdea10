import { open, unlink } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { type EvidenceStore, PARTIAL_SUFFIX, type StoredObject } from '../core/evidence.ts';
import { FirebreakError } from '../core/firebreak-error.ts';
import { supersedeFolder } from './directory-supersede.ts';
import { openDirectoryWriter } from './directory-writer.ts';
import { hashFile } from './hash-file.ts';
import { listFiles } from './list-files.ts';
import { makeFolder } from './make-folder.ts';
import { bundleSegments, isSuperseded, objectSegments } from './object-name.ts';
import { storeFailure } from './store-failure.ts';

export interface DirectoryStoreOptions {
  /** Folder that holds `<case>/<run>/`. Made with mode 0700 when it is not there. */
  readonly root: string;
}

/**
 * Evidence in a directory of this machine: folders 0700, files 0600. An object lies under `<name>.partial` until it
 * is closed; then file and folder are synced and it is published by link(2), which never overwrites.
 *
 * Throws `evidence-store` with what to do, and `superseded` for a name that is taken.
 */
export const createDirectoryStore = (options: DirectoryStoreOptions): EvidenceStore => {
  const root = resolve(options.root);
  const folderOf = (bundle: string): string => join(root, ...bundleSegments(bundle));

  const explained = async <T>(signal: AbortSignal, work: () => Promise<T>): Promise<T> => {
    signal.throwIfAborted();
    try {
      return await work();
    } catch (thrown) {
      if (signal.aborted) throw signal.reason;
      throw storeFailure(root, thrown);
    }
  };

  const hashed = async (
    bundle: string,
    wanted: (name: string) => boolean,
    signal: AbortSignal,
  ): Promise<readonly StoredObject[]> => {
    const folder = folderOf(bundle);
    const objects: StoredObject[] = [];
    for (const name of (await listFiles(folder)).filter(wanted))
      objects.push({ name, ...(await hashFile(join(folder, name), signal)) });
    return objects;
  };

  return {
    location: root,
    links: 'none',
    reference: folderOf,

    create: (bundle, name, signal) =>
      explained(signal, async () => {
        const finalPath = join(folderOf(bundle), ...objectSegments(name));
        await makeFolder(dirname(finalPath));
        return await openDirectoryWriter({
          root,
          name,
          finalPath,
          partialPath: finalPath + PARTIAL_SUFFIX,
        });
      }),

    supersede: (bundle, signal) => explained(signal, () => supersedeFolder(folderOf(bundle), signal)),

    // What was not closed lies there under this suffix already.
    unfinished: (bundle, signal) =>
      explained(signal, () =>
        hashed(bundle, (name) => name.endsWith(PARTIAL_SUFFIX) && !isSuperseded(name), signal),
      ),

    inventory: (bundle, wanted, signal) => explained(signal, () => hashed(bundle, wanted, signal)),

    link: async (bundle) => {
      throw new FirebreakError({
        code: 'evidence-store',
        message: 'The evidence lies in a folder, and there are no links into a folder.',
        next: `Fetch it from ${folderOf(bundle)} on the machine that Firebreak runs on.`,
      });
    },

    check: (signal) =>
      explained(signal, async () => {
        await makeFolder(root);
        const probe = join(root, `.check-${crypto.randomUUID()}`);
        const handle = await open(probe, 'wx', 0o600);
        try {
          await handle.writeFile('Firebreak proves that it can write here.\n');
          await handle.sync();
        } finally {
          await handle.close();
          await unlink(probe);
        }
      }),
  };
};
