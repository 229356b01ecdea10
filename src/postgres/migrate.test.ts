import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type TestDatabase, testDatabase } from '../../sandbox/postgres/test-database.ts';
import { migrate } from './migrate.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await testDatabase();
});
afterAll(() => database.close());

async function query(url: string, sql: string): Promise<Record<string, unknown>[]> {
  const client = new pg.Client(url);
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(sql)).rows;
  } finally {
    await client.end();
  }
}

test('migrates once, however often and by however many it is asked', async () => {
  const results = await Promise.all([1, 2, 3].map(() => migrate(database.ownerUrl)));
  expect(results).toEqual([{ applied: [] }, { applied: [] }, { applied: [] }]);
});

test('refuses a file that was changed after it had been applied, and names it', async () => {
  await query(database.ownerUrl, `update firebreak.migrations set sha256 = repeat('0', 64) where number = 2`);
  await expect(migrate(database.ownerUrl)).rejects.toThrow('0002-audit.sql was changed');
});

test('refuses a schema that is newer than the program', async () => {
  await using newer = await testDatabase();
  await query(newer.ownerUrl, `insert into firebreak.migrations values (9999, '9999-later.sql', 'x')`);
  await expect(migrate(newer.ownerUrl)).rejects.toThrow('newer Firebreak');
});

test('refuses a serving role that could act as the owner', async () => {
  await expect(migrate(database.ownerUrl, { serveRole: 'firebreak_owner' })).rejects.toThrow(
    'rewrite the audit',
  );
  await expect(migrate(database.ownerUrl, { serveRole: 'nobody-such' })).rejects.toThrow('does not exist');
});

test('leaves the serving role without ownership and without a way to make or drop anything', async () => {
  const owned = await query(
    database.ownerUrl,
    `select relname from pg_class where relowner = 'firebreak'::regrole
     union all select proname from pg_proc where proowner = 'firebreak'::regrole`,
  );
  expect(owned).toEqual([]);
  for (const sql of [
    'create table firebreak.mine (id int)',
    'create table pgboss.mine (id int)',
    'drop table firebreak.runs',
    'truncate firebreak.runs',
    'delete from firebreak.runs',
    `update firebreak.runs set plan_text = ''`,
    'truncate firebreak.changes',
    'delete from firebreak.target_locks',
    `update firebreak.target_locks set uid = ''`,
    'update firebreak.audit_head set seq = 0',
    'delete from firebreak.audit_texts',
    `select pgboss.create_queue('mine', '{}')`,
  ])
    await expect(query(database.serveUrl, sql), sql).rejects.toThrow(/permission denied|must be owner/);
});
