import { afterAll, beforeAll, expect, test } from 'vitest';
import { type ChangingRuns, changingRuns } from '../../test/changing-runs.ts';
import { databaseClock } from '../../test/database-clock.ts';
import { lockWaiters } from '../../test/database-session.ts';
import {
  auditEvent,
  type LedgerFixture,
  ledgerFixture,
  newChange,
  newRun,
} from '../../test/ledger-fixture.ts';
import type { NewChange } from '../flow/ledger.ts';

let fixture: LedgerFixture;
let runs: ChangingRuns;
beforeAll(async () => {
  fixture = await ledgerFixture();
  runs = changingRuns(fixture);
});
afterAll(() => fixture[Symbol.asyncDispose]());

test('gives back a change as it was intended, with the case and the verb of its run', async () => {
  const plan = { ...newRun().plan, verb: 'label', notes: ['nul \u0000 and half \ud800'] };
  const { id, case: caseId } = await fixture.request({
    plan,
    planText: JSON.stringify(plan),
    state: 'queued',
  });
  await runs.claim(id);
  const change: NewChange = {
    ...newChange(id),
    fields: [
      { path: ['metadata', 'annotations', 'a/b'], before: 'nul \u0000 "q" \ud800', after: null },
      { path: ['spec', 'unschedulable'], before: false, after: true },
    ],
  };
  const made = await runs.intended(change);
  expect(made).toEqual({
    ...change,
    id: expect.stringMatching(/^\d+$/),
    case: caseId,
    verb: 'label',
    state: 'intended',
    intendedAt: expect.any(Date),
  });
  expect(await fixture.ledger.changesOf(id)).toEqual([made]);
  const events = await fixture.pool.query(
    `select body::json -> 'facts' ->> 'change' as change from firebreak.audit_events where type = 'change.intended' and run_id = $1`,
    [id],
  );
  expect(events.rows).toEqual([{ change: made.id }]);
});

test('gives back the step of a change, and the UID of what it made or takes away', async () => {
  const run = await runs.running();
  const { ledger } = fixture;
  const made = await runs.intended({ ...newChange(run), step: 'deny' });
  expect(made).toMatchObject({ step: 'deny' });
  expect(made).not.toHaveProperty('madeUid');
  await ledger.write((transaction) =>
    transaction.settle(made, { to: 'applied', fence: 1, madeUid: 'u1' }, auditEvent('change.settled', run)),
  );
  const taken = await runs.intended({ ...newChange(run), madeUid: 'u1' });
  expect(taken).toMatchObject({ madeUid: 'u1' });
  expect(taken).not.toHaveProperty('step');
  await runs.settle(taken, 'applied');
  expect((await ledger.changesOf(run)).map(({ madeUid, step }) => [madeUid, step])).toEqual([
    ['u1', 'deny'],
    ['u1', undefined],
  ]);
});

test('stamps changes with the clock of the database', async () => {
  await using other = await ledgerFixture();
  await using clock = await databaseClock(other.urls.ownerUrl);
  await clock.advance(86_400_000);
  const later = changingRuns(other);
  const before = await other.ledger.now();
  const change = await later.intended(newChange(await later.running()));
  await later.settle(change, 'applied');
  expect(before.getTime()).toBeGreaterThan(Date.now() + 86_000_000);
  expect(change.intendedAt.getTime()).toBeGreaterThanOrEqual(before.getTime());
  const { rows } = await other.pool.query<{ ordered: boolean }>(
    'select settled_at >= intended_at as ordered from firebreak.changes',
  );
  expect(rows).toEqual([{ ordered: true }]);
});

test('intends nothing for a run that another worker holds, or that does not run', async () => {
  const waiting = await fixture.request({ state: 'queued' });
  expect(await runs.intend(newChange(waiting.id, 0))).toBe('lost');
  const run = await runs.running();
  await runs.claim(run);
  const head = await fixture.ledger.head();
  expect(await runs.intend(newChange(run, 1))).toBe('lost');
  expect(await fixture.ledger.head()).toEqual(head);
  await runs.intended(newChange(run, 2));
  await runs.end(run, 2);
  expect(await runs.intend(newChange(run, 2))).toBe('lost');
  expect(await fixture.ledger.changesOf(run)).toHaveLength(1);
});

test('an intent that waited for a takeover is lost', async () => {
  const run = await runs.running();
  const proceed = Promise.withResolvers<void>();
  const claimed = Promise.withResolvers<void>();
  const takeover = fixture.ledger.write(async (transaction) => {
    await transaction.claim(run, 'other', [], () => auditEvent('run.taken-over', run));
    claimed.resolve();
    await proceed.promise;
  });
  await Promise.race([claimed.promise, takeover]);
  const late = runs.intend(newChange(run, 1));
  await lockWaiters(fixture.pool, 1);
  proceed.resolve();
  await takeover;
  expect(await late).toBe('lost');
});

test('a change is settled once, by who holds its run', async () => {
  const run = await runs.running();
  const [one, two] = [await runs.intended(newChange(run)), await runs.intended(newChange(run, 1, 'uid-2'))];
  const outcomes = await Promise.all([runs.settle(one, 'applied'), runs.settle(one, 'not applied')]);
  expect(outcomes.sort()).toEqual(['done', 'lost']);
  await runs.claim(run);
  expect(await runs.settle(two, 'applied', 1)).toBe('lost');
  // The successor settles what its predecessor intended.
  expect(await runs.settle(two, 'unknown', 2)).toBe('done');
  expect(await runs.settle(two, 'applied', 2)).toBe('lost');
  expect((await fixture.ledger.changesOf(run))[1]).toEqual({ ...two, state: 'unknown' });
  const { rows } = await fixture.pool.query(
    `select fence, settled_fence from firebreak.changes where id = $1`,
    [two.id],
  );
  expect(rows).toEqual([{ fence: 1, settled_fence: 2 }]);
  const events = await fixture.pool.query(
    `select from firebreak.audit_events where type = 'change.settled' and run_id = $1`,
    [run],
  );
  expect(events.rowCount).toBe(2);
});

test('a change of a run that has ended is settled no more', async () => {
  const run = await runs.running();
  const change = await runs.intended(newChange(run));
  await runs.end(run);
  expect(await runs.settle(change, 'applied')).toBe('lost');
});

test('the history of clusters, or of one object, leaves out what was certainly not applied', async () => {
  const [first, second] = [await runs.running(), await runs.running()];
  const at = (run: string, cluster: string, uid: string): NewChange => ({
    ...newChange(run, 1, uid),
    cluster,
  });
  const a = await runs.intended(at(first, 'east', 'uid-a'));
  const b = await runs.intended(at(second, 'west', 'uid-b'));
  const c = await runs.intended(at(first, 'east', 'uid-c'));
  const d = await runs.intended(at(second, 'east', 'uid-a'));
  const e = await runs.intended(at(second, 'east', 'uid-a'));
  await runs.settle(a, 'applied');
  await runs.settle(b, 'unknown');
  await runs.settle(d, 'not applied');
  const ids = async (clusters: readonly string[], uid?: string): Promise<readonly string[]> =>
    (await fixture.ledger.history(clusters, uid)).map(({ id }) => id);
  expect(await ids(['east', 'west'])).toEqual([a.id, b.id, c.id, e.id]);
  expect(await ids(['east'])).toEqual([a.id, c.id, e.id]);
  expect(await ids(['east', 'west'], 'uid-a')).toEqual([a.id, e.id]);
  expect(await ids([])).toEqual([]);
  expect(await ids(['west'], 'uid-a')).toEqual([]);
});

test('remembers by which run it was undone, the first for good', async () => {
  const [done, undo, again] = [await runs.running(), await runs.running(), await runs.running()];
  await runs.end(done);
  const mark = (by: string) => fixture.ledger.write((transaction) => transaction.markUndone(done, by));
  expect(await fixture.ledger.run(done)).not.toHaveProperty('undoneBy');
  await expect(mark('FB-2026-9999-1')).rejects.toThrow('foreign key');
  await mark(undo);
  await mark(again);
  expect(await fixture.ledger.run(done)).toMatchObject({ undoneBy: undo });
  const rewrite = (by: string | null) =>
    fixture.pool.query('update firebreak.runs set undone_by = $2 where id = $1', [done, by]);
  await expect(rewrite(again)).rejects.toThrow(`was undone by ${undo}`);
  await expect(rewrite(null)).rejects.toThrow(`was undone by ${undo}`);
  await expect(
    fixture.pool.query('update firebreak.runs set undone_by = id where id = $1', [again]),
  ).rejects.toThrow('check constraint');
});

test('gives back what a result says of changes', async () => {
  const run = await runs.running();
  const { object, fields } = newChange(run);
  const changes = [{ object, fields, outcome: 'unknown', command: 'kubectl get node node-a' }] as const;
  const result = { summary: 's', findings: [], changes };
  await fixture.ledger.write((transaction) =>
    transaction.transition(
      run,
      { from: 'running', to: 'failed', fence: 1, result },
      auditEvent('run.failed', run),
    ),
  );
  expect((await fixture.ledger.run(run))?.result).toEqual(result);
});
