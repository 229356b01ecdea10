import pg from 'pg';
import { until } from './until.ts';

/** Statements that wait at one place of the database until they are let go. */
export interface HeldBack extends AsyncDisposable {
  /** Resolves when a statement waits there. */
  reached(): Promise<unknown>;
  release(): Promise<void>;
}

/** Any number that nothing else locks. */
const KEY = 7_020_719;

/** Holds back what is about to write rows of `table` that fit `when`, so that a process can be killed exactly there. */
export const holdBack = async (
  ownerUrl: string,
  table: 'runs' | 'audit_events',
  when: string,
): Promise<HeldBack> => {
  const client = new pg.Client(ownerUrl);
  client.on('error', () => undefined);
  await client.connect();
  await client.query('select pg_advisory_lock($1)', [KEY]);
  await client.query(`
    create function firebreak.test_hold_back() returns trigger language plpgsql
      as 'begin perform pg_advisory_xact_lock(${KEY}); return new; end';
    grant execute on function firebreak.test_hold_back() to public;
    create trigger a_test_hold_back before insert or update on firebreak.${table}
      for each row when (${when}) execute function firebreak.test_hold_back()`);
  const release = async (): Promise<void> => {
    await client.end().catch(() => undefined);
  };
  return {
    reached: () =>
      until(`a statement waits for ${table}`, async () => {
        const { rows } = await client.query(
          `select from pg_locks where locktype = 'advisory' and not granted and objid = $1`,
          [KEY],
        );
        return rows.length > 0;
      }),
    release,
    [Symbol.asyncDispose]: release,
  };
};
