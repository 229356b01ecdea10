import type pg from 'pg';
import { expect } from 'vitest';

/** A session of a test's own, within a transaction, for what another has to wait for. */
export interface DatabaseSession {
  query(sql: string, values: unknown[]): Promise<unknown>;
  commit(): Promise<void>;
}

export async function databaseSession(pool: pg.Pool): Promise<DatabaseSession> {
  const client = await pool.connect();
  await client.query('begin');
  return {
    query: (sql, values) => client.query(sql, values),
    commit: async () => {
      await client.query('commit');
      client.release();
    },
  };
}

/** Resolves when so many sessions of this database wait for a lock that another holds. */
export const lockWaiters = (pool: pg.Pool, count: number): Promise<void> =>
  expect
    .poll(async () => {
      const { rowCount } = await pool.query(
        `select from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()`,
      );
      return rowCount;
    })
    .toBe(count);
