import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { errnoOf } from './store-failure.ts';

/** Regular files below a folder, as paths relative to it with `/`, sorted. A folder that is not there holds none. */
export async function listFiles(folder: string, below = ''): Promise<readonly string[]> {
  const names: string[] = [];
  for (const entry of await entriesOf(join(folder, below))) {
    const name = below === '' ? entry.name : `${below}/${entry.name}`;
    if (entry.isDirectory()) names.push(...(await listFiles(folder, name)));
    else if (entry.isFile()) names.push(name);
  }
  return names.sort();
}

const entriesOf = async (folder: string) => {
  try {
    return await readdir(folder, { withFileTypes: true });
  } catch (thrown) {
    if (errnoOf(thrown) === 'ENOENT') return [];
    throw thrown;
  }
};
