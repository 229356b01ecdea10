import type pg from 'pg';
import { z } from 'zod';
import { FirebreakError } from '../core/firebreak-error.ts';
import { readMigrations } from './migrations.ts';
import { isNotMigrated } from './with-sentences.ts';

/** Throws `config-invalid` unless the schema is exactly the one that this program was written for. For the start of `serve` and for `/readyz`. */
export async function checkSchema(pool: pg.Pool): Promise<void> {
  const wanted = (await readMigrations()).map(({ name, sha256 }) => `${name} ${sha256}`);
  const found = await appliedMigrations(pool);
  if (found.join() === wanted.join()) return;
  throw new FirebreakError({
    code: 'config-invalid',
    message:
      found.length > wanted.length
        ? 'The database was migrated by a newer Firebreak.'
        : 'The database is not migrated to this version.',
    next:
      found.length > wanted.length
        ? 'Start that version.'
        : 'Run firebreak migrate with DATABASE_MIGRATE_URL, then start again.',
  });
}

async function appliedMigrations(pool: pg.Pool): Promise<readonly string[]> {
  try {
    const { rows } = await pool.query('select name, sha256 from firebreak.migrations order by number');
    return z
      .array(z.object({ name: z.string(), sha256: z.string() }))
      .parse(rows)
      .map(({ name, sha256 }) => `${name} ${sha256}`);
  } catch (error) {
    if (isNotMigrated(error)) return [];
    throw error;
  }
}
