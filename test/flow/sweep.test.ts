import pg from 'pg';
import { expect, test } from 'vitest';
import { sweep } from '../../src/flow/sweep.ts';
import { databaseClock } from '../database-clock.ts';
import { auditEvent, type LedgerFixture, ledgerFixture } from '../ledger-fixture.ts';

const MINUTE_MS = 60_000;

const liveJobs = async ({ pool }: LedgerFixture): Promise<readonly unknown[]> => {
  const { rows } = await pool.query(
    `select singleton_key as run from pgboss.job where state < 'completed' order by 1`,
  );
  return rows.map(({ run }) => run);
};

const noticesOf = async ({ pool }: LedgerFixture, run: string): Promise<readonly unknown[]> => {
  const { rows } = await pool.query('select notice from firebreak.messages where run_id = $1 order by 1', [
    run,
  ]);
  return rows.map(({ notice }) => notice);
};

test('reminds twice, then expires what nobody decided', async () => {
  await using fixture = await ledgerFixture();
  await using clock = await databaseClock(fixture.urls.ownerUrl);
  const { id } = await fixture.request();
  await sweep(fixture);
  expect(await noticesOf(fixture, id)).toEqual([]);
  await clock.advance(2 * MINUTE_MS);
  await sweep(fixture);
  expect(await noticesOf(fixture, id)).toEqual(['reminder-1']);
  await clock.advance(3 * MINUTE_MS);
  await sweep(fixture);
  await clock.advance(25 * MINUTE_MS);
  await sweep(fixture);
  await sweep(fixture);
  expect(await noticesOf(fixture, id)).toEqual(['card', 'end', 'reminder-1', 'reminder-2']);
  expect((await fixture.ledger.run(id))?.state).toBe('expired');
});

test('calls a worker once for a run that has neither a worker nor a job', async () => {
  await using fixture = await ledgerFixture();
  await using clock = await databaseClock(fixture.urls.ownerUrl);
  const { id } = await fixture.request({ state: 'queued' });
  await fixture.ledger.write((transaction) =>
    transaction.claim(id, 'gone/1', [], () => auditEvent('run.started', id)),
  );
  await sweep(fixture);
  expect(await liveJobs(fixture)).toEqual([]);
  await clock.advance(MINUTE_MS);
  await sweep(fixture);
  await sweep(fixture);
  expect(await liveJobs(fixture)).toEqual([id]);
});

test('leaves a run alone whose worker speaks, and one that has ended', async () => {
  await using fixture = await ledgerFixture();
  await using clock = await databaseClock(fixture.urls.ownerUrl);
  const alive = await fixture.request({ state: 'queued' });
  const ended = await fixture.request({ state: 'queued' }, 'C2');
  await fixture.ledger.write(async (transaction) => {
    for (const { id } of [alive, ended])
      await transaction.claim(id, 'here/1', [], () => auditEvent('run.started', id));
    await transaction.transition(
      ended.id,
      { from: 'running', to: 'failed' },
      auditEvent('run.failed', ended.id),
    );
  });
  await clock.advance(MINUTE_MS);
  expect(await fixture.ledger.heartbeat(alive.id, 1, undefined)).toBe('held');
  await sweep(fixture);
  expect(await liveJobs(fixture)).toEqual([]);
});

test('a run that can’t be read does not keep the others from their turn', async () => {
  await using fixture = await ledgerFixture();
  await using clock = await databaseClock(fixture.urls.ownerUrl);
  const broken = await fixture.request();
  const sound = await fixture.request({}, 'C2');
  const owner = new pg.Client(fixture.urls.ownerUrl);
  await owner.connect();
  await owner.query(`update firebreak.runs set plan_text = '{}' where id = $1`, [broken.id]);
  await owner.end();
  await clock.advance(2 * MINUTE_MS);
  await expect(sweep(fixture)).rejects.toThrow('1 run');
  expect(await noticesOf(fixture, sound.id)).toEqual(['reminder-1']);
});
