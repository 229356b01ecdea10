import { randomBytes } from 'node:crypto';
import type pg from 'pg';
import { z } from 'zod';
import type { Person } from '../core/person.ts';

const KEY_BYTES = 32;
const SERIAL_DIGITS = 4;
const idRow = z.object({ id: z.string() });
const numberRow = z.tuple([z.object({ year: z.int(), last: z.int() })]);

/**
 * The channel's open case, or a new one under the year's next number. The row of the year is locked until the
 * transaction ends: numbers have no gaps, and two first commands of a channel open one case.
 */
export async function openCase(
  client: pg.ClientBase,
  channel: string,
  by: Person,
): Promise<{ readonly id: string; readonly made: 'opened now' | 'was open' }> {
  const before = await findOpenCase(client, channel);
  if (before !== undefined) return { id: before, made: 'was open' };
  const locked = await client.query(
    `insert into firebreak.case_numbers as n (year, last)
     values (extract(year from firebreak.now() at time zone 'UTC'), 0)
     on conflict (year) do update set last = n.last returning year, last`,
  );
  const meanwhile = await findOpenCase(client, channel);
  if (meanwhile !== undefined) return { id: meanwhile, made: 'was open' };
  const [{ year, last }] = numberRow.parse(locked.rows);
  await client.query('update firebreak.case_numbers set last = $2 where year = $1', [year, last + 1]);
  const id = `FB-${year}-${String(last + 1).padStart(SERIAL_DIGITS, '0')}`;
  await client.query(
    `insert into firebreak.cases (id, channel, opened_at, opened_by_team, opened_by_user, evidence_key)
     values ($1, $2, firebreak.now(), $3, $4, $5)`,
    [id, channel, by.team, by.user, randomBytes(KEY_BYTES)],
  );
  return { id, made: 'opened now' };
}

async function findOpenCase(client: pg.ClientBase, channel: string): Promise<string | undefined> {
  const { rows } = await client.query<Record<string, unknown>>(
    'select id from firebreak.cases where channel = $1 and closed_at is null',
    [channel],
  );
  return rows.map((row) => idRow.parse(row).id)[0];
}
