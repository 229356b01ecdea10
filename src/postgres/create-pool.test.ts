import { expect, test } from 'vitest';
import { testDatabase } from '../../sandbox/postgres/test-database.ts';
import { createPool } from './create-pool.ts';

test('sets its time-outs by a statement, since a pooler refuses them as start-up parameters', async () => {
  await using database = await testDatabase();
  const pool = createPool(database.serveUrl, { onError: () => undefined });
  try {
    const { rows } = await pool.query(
      `select name, setting, source from pg_settings
       where name in ('statement_timeout', 'idle_in_transaction_session_timeout') order by name`,
    );
    expect(rows).toEqual([
      { name: 'idle_in_transaction_session_timeout', setting: '15000', source: 'session' },
      { name: 'statement_timeout', setting: '10000', source: 'session' },
    ]);
  } finally {
    await pool.end();
  }
});
