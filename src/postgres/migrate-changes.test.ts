import pg from 'pg';
import { expect, test } from 'vitest';
import { testDatabase } from '../../sandbox/postgres/test-database.ts';
import { auditEvent, ledgerFixture, newChange, newRun } from '../../test/ledger-fixture.ts';
import { migrate } from './migrate.ts';
import { readMigrations } from './migrations.ts';

/** A schema as an installation had it that never knew of changes, with a run that ended then and one that still waits. */
async function asOfNumber4(ownerUrl: string): Promise<void> {
  const client = new pg.Client(ownerUrl);
  await client.connect();
  await client.query('drop schema firebreak cascade; create schema firebreak');
  await client.query(`create table firebreak.migrations (
    number integer primary key, name text not null, sha256 text not null, applied_at timestamptz not null default now())`);
  for (const { number, name, sql, sha256 } of (await readMigrations()).slice(0, 4)) {
    await client.query(sql);
    await client.query('insert into firebreak.migrations (number, name, sha256) values ($1, $2, $3)', [
      number,
      name,
      sha256,
    ]);
  }
  await client.query(
    `insert into firebreak.cases (id, channel, opened_at, opened_by_team, opened_by_user, evidence_key, next_run)
     values ('FB-2026-0001', 'C1', now(), 'T1', 'U1', decode(repeat('00', 32), 'hex'), 3)`,
  );
  const insert = `insert into firebreak.runs (id, case_id, number, state, plan_text, plan_digest, requester_team, requester_user,
      reason, command, requested_at, expires_at, ended_at, fence, result)
    values ($1, 'FB-2026-0001', $2, $3, $4, $5, 'T1', 'U1', '', '', now(), now(), $6, $7, $8)`;
  const { planText, planDigest } = newRun();
  const result = JSON.stringify({ summary: 'whole', findings: [] });
  await client.query(insert, ['FB-2026-0001-1', 1, 'succeeded', planText, planDigest, new Date(), 1, result]);
  await client.query(insert, ['FB-2026-0001-2', 2, 'queued', planText, planDigest, null, 0, null]);
  await client.end();
}

test('an installation without changes keeps its runs, and they can change and be undone from then on', async () => {
  const database = await testDatabase();
  await asOfNumber4(database.ownerUrl);
  const { applied } = await migrate(database.ownerUrl);
  expect(applied[0]).toBe('0005-changes.sql');

  await using fixture = await ledgerFixture(database);
  const { ledger } = fixture;
  const [old, waiting] = ['FB-2026-0001-1', 'FB-2026-0001-2'] as const;
  const run = await ledger.run(old);
  expect(run).toMatchObject({ state: 'succeeded', result: { summary: 'whole' } });
  expect(run).not.toHaveProperty('undoneBy');
  expect(await ledger.changesOf(old)).toEqual([]);
  expect(await ledger.history(['lab'])).toEqual([]);

  await ledger.write(async (transaction) => {
    await transaction.claim(waiting, 'w', ['uid-1'], () => auditEvent('run.started', waiting));
    await transaction.intend(newChange(waiting), () => auditEvent('change.intended', waiting));
    await transaction.markUndone(old, waiting);
  });
  expect(await ledger.history(['lab'])).toMatchObject([{ run: waiting, state: 'intended' }]);
  expect(await ledger.run(old)).toMatchObject({ undoneBy: waiting });
});
