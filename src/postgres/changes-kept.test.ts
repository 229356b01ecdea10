import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type ChangingRuns, changingRuns } from '../../test/changing-runs.ts';
import { databaseSession, lockWaiters } from '../../test/database-session.ts';
import { type LedgerFixture, ledgerFixture, newChange } from '../../test/ledger-fixture.ts';

let fixture: LedgerFixture;
let runs: ChangingRuns;
beforeAll(async () => {
  fixture = await ledgerFixture();
  runs = changingRuns(fixture);
});
afterAll(() => fixture[Symbol.asyncDispose]());

/** What the database says to a statement of the serving role, or of the owner. */
const refusal = async (sql: string, values: unknown[], url = fixture.urls.serveUrl): Promise<string> => {
  const client = new pg.Client(url);
  await client.connect();
  try {
    await client.query(sql, values);
    return 'taken';
  } catch (error) {
    return String(error);
  } finally {
    await client.end();
  }
};

const INSERT = `insert into firebreak.changes (run_id, verb, cluster, uid, object, fields, resource_version, fence)
  values ($1, 'label', 'lab', 'uid-1', $3, '[]', '1', $2)`;
const SETTLE = 'update firebreak.changes set state = $2, settled_fence = $3 where id = $1';
const OBJECT = JSON.stringify({ uid: 'uid-1' });

test('the database takes a change only for a run that runs under that fencing number', async () => {
  const run = await runs.running();
  expect(await refusal(INSERT, [run, 1, OBJECT])).toBe('taken');
  expect(await refusal(INSERT, [run, 1, JSON.stringify({ uid: 'uid-2' })])).toContain('UID of a change');
  expect(await refusal(INSERT, [run, 2, OBJECT])).toContain('does not run under the fencing number 2');
  await runs.claim(run);
  expect(await refusal(INSERT, [run, 1, OBJECT])).toContain('does not run under the fencing number 1');
  await runs.end(run, 2);
  expect(await refusal(INSERT, [run, 2, OBJECT])).toContain('does not run under the fencing number 2');
  const { id } = await fixture.request({ state: 'queued' });
  expect(await refusal(INSERT, [id, 0, OBJECT])).toContain('does not run under the fencing number 0');
});

test('the database lets no change begin with its outcome', async () => {
  const run = await runs.running();
  const sql = `insert into firebreak.changes (run_id, verb, cluster, uid, object, fields, resource_version, fence, state, settled_at, settled_fence)
    values ($1, 'label', 'lab', 'uid-1', $2, '[]', '1', 1, 'applied', now(), 1)`;
  expect(await refusal(sql, [run, OBJECT])).toContain('permission denied');
  expect(await refusal(sql, [run, OBJECT], fixture.urls.ownerUrl)).toContain('begins as intended');
});

test.each([
  'run_id',
  'verb',
  'cluster',
  'uid',
  'object',
  'fields',
  'resource_version',
  'fence',
  'intended_at',
  'settled_at',
])('the serving role can not write %s of a change anew', async (column) => {
  const run = await runs.running();
  const { id } = await runs.intended(newChange(run));
  expect(
    await refusal(
      `update firebreak.changes set ${column} = ${column}, state = 'applied', settled_fence = 1 where id = $1`,
      [id],
    ),
  ).toContain('permission denied');
});

test.each([
  'run_id = (select min(id) from firebreak.runs)',
  `verb = ''`,
  `cluster = ''`,
  `uid = ''`,
  `object = '{}'`,
  `fields = '[]'`,
  `resource_version = ''`,
  'fence = 0',
  'intended_at = now()',
  `step = 'other'`,
])('a trigger keeps what was intended, from its owner too: %s', async (assignment) => {
  await runs.running();
  const run = await runs.running();
  const { id } = await runs.intended(newChange(run));
  const sql = `update firebreak.changes set ${assignment}, state = 'applied', settled_fence = 1 where id = $1`;
  expect(await refusal(sql, [id], fixture.urls.ownerUrl)).toContain('stays as it is');
});

test('the UID of what was made is written once, with the outcome or before it', async () => {
  const run = await runs.running();
  const settle = `update firebreak.changes set state = 'applied', settled_fence = 1, made_uid = $2 where id = $1`;
  const made = await runs.intended(newChange(run));
  expect(await refusal(settle, [made.id, ''])).toContain('check constraint');
  expect(await refusal(settle, [made.id, 'u1'])).toBe('taken');
  const taken = await runs.intended({ ...newChange(run), madeUid: 'u1' });
  expect(await refusal(settle, [taken.id, 'u2'])).toContain('stays as it is');
  expect(await refusal(settle, [taken.id, null])).toContain('stays as it is');
  expect(await refusal(settle, [taken.id, 'u1'])).toBe('taken');
});

test('the database settles a change once, under the fencing number of its run, and keeps it', async () => {
  const run = await runs.running();
  const { id } = await runs.intended(newChange(run));
  expect(await refusal(SETTLE, [id, 'applied', 2])).toContain('does not run under the fencing number 2');
  expect(await refusal(SETTLE, [id, 'intended', 1])).toContain('can not become intended');
  expect(await refusal(SETTLE, [id, 'applied', null])).toContain('does not run under');
  expect(await refusal(SETTLE, [id, 'done', 1])).toContain('check constraint');
  expect(await refusal(SETTLE, [id, 'applied', 1])).toBe('taken');
  expect(await refusal(SETTLE, [id, 'not applied', 1])).toContain('it is applied, and can not become');
  expect(await refusal(SETTLE, [id, 'applied', 1])).toContain('it is applied, and can not become');
  const open = await runs.intended(newChange(run));
  await runs.end(run);
  expect(await refusal(SETTLE, [open.id, 'applied', 1])).toContain('does not run under');
  expect(await refusal('delete from firebreak.changes where id = $1', [id])).toContain('permission denied');
  expect(await refusal('delete from firebreak.changes where id = $1', [id], fixture.urls.ownerUrl)).toContain(
    'delete is refused',
  );
  expect(await refusal('truncate firebreak.changes', [], fixture.urls.ownerUrl)).toContain(
    'truncate is refused',
  );
});

test('who ends a run or takes it over waits for a change that is being written to it', async () => {
  const run = await runs.running();
  const { id } = await runs.intended(newChange(run));
  const settling = await databaseSession(fixture.pool);
  await settling.query(SETTLE, [id, 'applied', 1]);
  const takeover = runs.claim(run);
  await lockWaiters(fixture.pool, 1);
  await settling.commit();
  expect(await takeover).toBe(2);

  const adding = await databaseSession(fixture.pool);
  await adding.query(INSERT, [run, 2, OBJECT]);
  const ending = runs.end(run, 2);
  await lockWaiters(fixture.pool, 1);
  await adding.commit();
  expect(await ending).toBe('done');
});
