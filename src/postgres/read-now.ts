import type pg from 'pg';
import { z } from 'zod';

const nowRows = z.tuple([z.object({ now: z.date() })]);

/** The database's clock, which every decision about time asks. */
export async function readNow(db: pg.Pool | pg.ClientBase): Promise<Date> {
  const { rows } = await db.query('select firebreak.now() as now');
  return nowRows.parse(rows)[0].now;
}
