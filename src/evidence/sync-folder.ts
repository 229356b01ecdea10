import { open } from 'node:fs/promises';

/** Makes a folder's names durable: fsync(2) of a file does not cover the entry that names it. */
export const syncFolder = async (path: string): Promise<void> => {
  const handle = await open(path, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
};
