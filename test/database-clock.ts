import pg from 'pg';

/** The database's clock of one test: every stamp, expiry, lease and pace follows it. */
export interface DatabaseClock extends AsyncDisposable {
  advance(ms: number): Promise<void>;
  /** What the database takes for now. */
  now(): Promise<Date>;
  close(): Promise<void>;
}

/** Replaces `firebreak.now()` of a test's database by one that a test moves forward. The owner can, the serving role can't. */
export async function databaseClock(ownerUrl: string): Promise<DatabaseClock> {
  const client = new pg.Client(ownerUrl);
  client.on('error', () => undefined);
  await client.connect();
  await client.query(`
    create table firebreak.test_clock (ahead interval not null);
    insert into firebreak.test_clock values (interval '0');
    grant select on firebreak.test_clock to public;
    create or replace function firebreak.now() returns timestamptz language sql volatile
      as 'select pg_catalog.clock_timestamp() + ahead from firebreak.test_clock'`);
  const close = async (): Promise<void> => {
    await client.end();
  };
  return {
    advance: async (ms) => {
      await client.query(
        'update firebreak.test_clock set ahead = ahead + make_interval(secs => $1::float8 / 1000)',
        [ms],
      );
    },
    now: async () => {
      const { rows } = await client.query<{ now: Date }>('select firebreak.now() as now');
      if (rows[0] === undefined) throw new Error('The database told no time.');
      return rows[0].now;
    },
    close,
    [Symbol.asyncDispose]: close,
  };
}
