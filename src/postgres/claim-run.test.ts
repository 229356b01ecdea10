import { afterAll, beforeAll, expect, test } from 'vitest';
import { type ChangingRuns, changingRuns } from '../../test/changing-runs.ts';
import { databaseSession, lockWaiters } from '../../test/database-session.ts';
import { auditEvent, type LedgerFixture, ledgerFixture } from '../../test/ledger-fixture.ts';

let fixture: LedgerFixture;
let runs: ChangingRuns;
beforeAll(async () => {
  fixture = await ledgerFixture();
  runs = changingRuns(fixture);
});
afterAll(() => fixture[Symbol.asyncDispose]());

const queued = async (): Promise<string> => (await fixture.request({ state: 'queued' })).id;

test('a run waits while another running one holds an object of its own, and gets it when that one has ended', async () => {
  const [first, second] = [await queued(), await queued()];
  expect(await runs.claim(first, ['a', 'b'])).toBe(1);
  const head = await fixture.ledger.head();
  expect(await runs.claim(second, ['b', 'c'])).toBe('busy');
  expect(await fixture.ledger.head()).toEqual(head);
  expect(await fixture.ledger.run(second)).toMatchObject({ state: 'queued', fence: 0 });
  // What a run that has to wait asked for as well is held by nobody.
  const third = await queued();
  expect(await runs.claim(third, ['c'])).toBe(1);
  await runs.end(first, 1);
  expect(await runs.claim(second, ['b', 'c'])).toBe('busy');
  await runs.end(third, 1);
  expect(await runs.claim(second, ['b', 'c'])).toBe(1);
});

test('a run that needs nothing for itself waits for nobody', async () => {
  const [first, second] = [await queued(), await queued()];
  expect([await runs.claim(first, ['alone']), await runs.claim(second, [])]).toEqual([1, 1]);
});

test('a takeover gets the objects that its own run holds, whatever order they are named in', async () => {
  const run = await queued();
  expect(await runs.claim(run, ['x', 'y'])).toBe(1);
  expect(await runs.claim(run, ['y', 'x', 'y'])).toBe(2);
  await runs.end(run, 2);
  expect(await runs.claim(run, ['x', 'y'])).toBe('ended');
});

test('a run that has ended is ended, also while another holds its objects', async () => {
  const [first, second] = [await queued(), await queued()];
  await runs.claim(first, ['m']);
  await runs.end(first, 1);
  await runs.claim(second, ['m']);
  expect(await runs.claim(first, ['m'])).toBe('ended');
  expect(await runs.claim('FB-2026-9999-1', ['m'])).toBe('ended');
});

test('of two that want an object at the same moment one gets it, and the other sees that', async () => {
  const [first, second] = [await queued(), await queued()];
  const proceed = Promise.withResolvers<void>();
  const claimed = Promise.withResolvers<void>();
  const one = fixture.ledger.write(async (transaction) => {
    const fence = await transaction.claim(first, 'w', ['new'], () => auditEvent('run.started', first));
    claimed.resolve();
    await proceed.promise;
    return fence;
  });
  await Promise.race([claimed.promise, one]);
  const other = runs.claim(second, ['new']);
  await lockWaiters(fixture.pool, 1);
  proceed.resolve();
  expect([await one, await other]).toEqual([1, 'busy']);
});

const LOCK = 'select from firebreak.target_locks where uid = any($1) for update nowait';
const INSERT = 'insert into firebreak.target_locks (uid) select unnest($1::text[])';

test('of two that wait for the same object one gets it, and the other sees that', async () => {
  const [before, first, second] = [await queued(), await queued(), await queued()];
  await runs.claim(before, ['known']);
  await runs.end(before);
  const holder = await databaseSession(fixture.pool);
  await holder.query(LOCK, [['known']]);
  const claims = [runs.claim(first, ['known']), runs.claim(second, ['known'])];
  await lockWaiters(fixture.pool, 2);
  await holder.commit();
  expect((await Promise.all(claims)).map(String).sort()).toEqual(['1', 'busy']);
});

test('who waits for an object holds none that comes after it, so that no two wait for each other', async () => {
  const [first, second] = [await queued(), await queued()];
  const later = ['o9', 'o8', 'o7', 'o6', 'o5', 'o4', 'o3', 'o2'];
  const inserting = await databaseSession(fixture.pool);
  await inserting.query(INSERT, [['o1']]);
  const one = runs.claim(first, [...later, 'o1']);
  await lockWaiters(fixture.pool, 1);
  await inserting.query(`set local lock_timeout = '500ms'`, []);
  await inserting.query(INSERT, [later]);
  await inserting.commit();
  expect(await one).toBe(1);
  await runs.end(first);

  const locking = await databaseSession(fixture.pool);
  await locking.query(LOCK, [['o1']]);
  const other = runs.claim(second, [...later, 'o1']);
  await lockWaiters(fixture.pool, 1);
  await locking.query(LOCK, [later]);
  await locking.commit();
  expect(await other).toBe(1);
});

test('of many that want two objects in any order exactly one gets them', async () => {
  const many = await Promise.all(Array.from({ length: 8 }, queued));
  const outcomes = await Promise.all(
    many.map((run, n) => runs.claim(run, n % 2 === 0 ? ['p', 'q'] : ['q', 'p'])),
  );
  expect(outcomes.map(String).sort()).toEqual(['1', ...Array.from({ length: 7 }, () => 'busy')]);
});

test('the database gives a held object to no other run', async () => {
  const [holder, other] = [await queued(), await queued()];
  await runs.claim(holder, ['held']);
  const steal = `update firebreak.target_locks set run_id = $1 where uid = 'held'`;
  await expect(fixture.pool.query(steal, [other])).rejects.toThrow(`run ${holder} holds it`);
  await expect(fixture.pool.query(steal, [null])).rejects.toThrow(`run ${holder} holds it`);
  await runs.end(holder, 1);
  await fixture.pool.query(steal, [other]);
});
