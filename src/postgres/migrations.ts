import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

export interface Migration {
  readonly number: number;
  readonly name: string;
  readonly sql: string;
  /** Of the file's bytes, hex. */
  readonly sha256: string;
}

const FOLDER = join(import.meta.dirname, '../../migrations');

/** Reads `migrations/NNNN-name.sql` in order. Throws when a number is missing or there twice. */
export async function readMigrations(folder: string = FOLDER): Promise<readonly Migration[]> {
  const names = (await readdir(folder)).filter((name) => name.endsWith('.sql')).sort();
  return Promise.all(
    names.map(async (name, index) => {
      const number = Number(name.slice(0, 4));
      if (number !== index + 1 || name[4] !== '-')
        throw new Error(`migrations/${name}: expected number ${String(index + 1).padStart(4, '0')}.`);
      const sql = await readFile(join(folder, name), 'utf8');
      return { number, name, sql, sha256: createHash('sha256').update(sql).digest('hex') };
    }),
  );
}
