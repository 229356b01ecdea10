import { afterAll, beforeAll, expect, test } from 'vitest';
import { databaseClock } from '../../test/database-clock.ts';
import {
  auditEvent,
  type LedgerFixture,
  ledgerFixture,
  newRun,
  REQUESTER,
} from '../../test/ledger-fixture.ts';
import { mayFollow, RUN_STATES } from '../core/run-state.ts';

const APPROVER = { team: 'T1', user: 'U2' };

let fixture: LedgerFixture;
beforeAll(async () => {
  fixture = await ledgerFixture();
});
afterAll(() => fixture[Symbol.asyncDispose]());

const rows = async (sql: string, values: unknown[] = []): Promise<readonly Record<string, unknown>[]> =>
  (await fixture.pool.query<Record<string, unknown>>(sql, values)).rows;

test('counts cases and runs without a gap and opens one case a channel, however many ask at once', async () => {
  await using other = await ledgerFixture();
  const asked = Array.from({ length: 24 }, (_, n) => other.request({}, `C${n % 4}`));
  const runs = await Promise.all(asked);
  const year = (await other.ledger.write((transaction) => transaction.now())).getUTCFullYear();
  const cases = [1, 2, 3, 4].map((n) => `FB-${year}-000${n}`);
  const expected = cases.flatMap((id) => [1, 2, 3, 4, 5, 6].map((n) => `${id}-${n}`));
  expect(runs.map(({ id }) => id).sort()).toEqual(expected);
  expect(await other.ledger.head()).toMatchObject({ seq: 28 });
});

test('gives back a run as it was asked for', async () => {
  const asked = await fixture.request({ reason: 'nul \u0000 and half \ud800', expiresMs: 60_000 });
  const run = await fixture.ledger.run(asked.id);
  expect(run).toEqual(asked);
  expect(run).toMatchObject({
    planText: newRun().planText,
    plan: newRun().plan,
    requester: REQUESTER,
    case: expect.stringMatching(/^FB-\d{4}-\d{4}$/),
    reason: 'nul \ufffd and half \ufffd',
    decisions: [],
    fence: 0,
  });
  expect((run?.expiresAt.getTime() ?? 0) - (run?.requestedAt.getTime() ?? 0)).toBe(60_000);
  expect(await fixture.ledger.run('FB-2026-9999-1')).toBeUndefined();
});

test('lists the newest runs of the open case first', async () => {
  const first = await fixture.request({}, 'C-recent');
  const second = await fixture.request({}, 'C-recent');
  const third = await fixture.request({}, 'C-recent');
  const ids = (await fixture.ledger.recentRuns('C-recent', 2)).map(({ id }) => id);
  expect(ids).toEqual([third.id, second.id]);
  expect(first.case).toBe(third.case);
});

test('keeps a key of 32 bytes for each case', async () => {
  const here = await fixture.request();
  const there = await fixture.request({}, 'C-other');
  const key = await fixture.ledger.caseKey(here.case);
  expect(key).toHaveLength(32);
  expect(await fixture.ledger.caseKey(here.case)).toEqual(key);
  expect(await fixture.ledger.caseKey(there.case)).not.toEqual(key);
  await expect(fixture.ledger.caseKey('FB-2020-0001')).rejects.toMatchObject({ code: 'not-found' });
});

test('stores a change and its event together or not at all', async () => {
  const run = await fixture.request();
  const before = await fixture.ledger.head();
  const failing = fixture.ledger.write(async (transaction) => {
    const change = { from: 'planned', to: 'denied' } as const;
    await transaction.transition(run.id, change, auditEvent('run.denied', run.id));
    throw new Error('after the change');
  });
  await expect(failing).rejects.toThrow('after the change');
  const unaudited = fixture.ledger.write((transaction) =>
    transaction.transition(
      run.id,
      { from: 'planned', to: 'denied' },
      { ...auditEvent('run.denied', run.id), facts: { seconds: 1.5 } },
    ),
  );
  await expect(unaudited).rejects.toThrow('facts.seconds');
  expect(await fixture.ledger.head()).toEqual(before);
  expect(await fixture.ledger.run(run.id)).toMatchObject({ state: 'planned' });
});

test('refuses to commit when the work ignored a failed statement', async () => {
  const work = fixture.ledger.write(async (transaction) => {
    await transaction.show('no such run', 'card').catch(() => undefined);
    return 'done';
  });
  await expect(work).rejects.toThrow(/rolled back|aborted/);
});

test('lets one of two that change the same state win', async () => {
  const run = await fixture.request();
  const change = { from: 'planned', to: 'cancelled' } as const;
  const outcomes = await Promise.all(
    [1, 2].map(() =>
      fixture.ledger.write((transaction) =>
        transaction.transition(run.id, change, auditEvent('run.cancelled', run.id)),
      ),
    ),
  );
  expect(outcomes.sort()).toEqual(['done', 'lost']);
  expect(await rows(`select 1 from firebreak.audit_events where run_id = $1`, [run.id])).toHaveLength(2);
});

test('who waited for a locked run sees the decisions that were made meanwhile', async () => {
  const run = await fixture.request();
  const locked = Promise.withResolvers<void>();
  const proceed = Promise.withResolvers<void>();
  const first = fixture.ledger.write(async (transaction) => {
    await transaction.lockRun(run.id);
    locked.resolve();
    await proceed.promise;
    await transaction.addDecision(
      run.id,
      { person: APPROVER, verdict: 'approve' },
      auditEvent('decision.given', run.id),
    );
  });
  await locked.promise;
  const second = fixture.ledger.write((transaction) => transaction.lockRun(run.id));
  await expect
    .poll(() => rows(`select 1 from pg_stat_activity where wait_event_type = 'Lock'`))
    .toHaveLength(1);
  proceed.resolve();
  await first;
  expect((await second)?.decisions).toMatchObject([{ person: APPROVER, verdict: 'approve' }]);
});

test('records a verdict of a person once; who approved may still deny', async () => {
  const run = await fixture.request();
  const decide = (verdict: 'approve' | 'deny') =>
    fixture.ledger.write((transaction) =>
      transaction.addDecision(run.id, { person: APPROVER, verdict }, auditEvent('decision.given', run.id)),
    );
  expect([await decide('approve'), await decide('approve'), await decide('deny')]).toEqual([
    'recorded',
    'repeated',
    'recorded',
  ]);
  expect((await fixture.ledger.run(run.id))?.decisions.map(({ verdict }) => verdict)).toEqual([
    'approve',
    'deny',
  ]);
});

test('a worker that was overtaken neither ends the run nor keeps it', async () => {
  const run = await fixture.request({ state: 'queued' });
  const claim = (worker: string) =>
    fixture.ledger.write((transaction) =>
      transaction.claim(run.id, worker, [], (fence) => ({
        ...auditEvent(fence === 1 ? 'run.started' : 'run.taken-over', run.id),
        facts: { fence },
      })),
    );
  const end = (fence: number) =>
    fixture.ledger.write((transaction) =>
      transaction.transition(
        run.id,
        { from: 'running', to: 'succeeded', fence, result: { summary: 'whole', findings: [] } },
        auditEvent('run.succeeded', run.id),
      ),
    );
  expect([await claim('a'), await claim('b')]).toEqual([1, 2]);
  const progress = { phase: 'files', bytes: 7 };
  expect(await fixture.ledger.heartbeat(run.id, 1, progress)).toBe('lost');
  expect(await fixture.ledger.heartbeat(run.id, 2, progress)).toBe('held');
  expect(await fixture.ledger.run(run.id)).toMatchObject({ fence: 2, progress, state: 'running' });
  expect([await end(1), await end(2)]).toEqual(['lost', 'done']);
  expect(await fixture.ledger.run(run.id)).toMatchObject({
    state: 'succeeded',
    result: { summary: 'whole' },
  });
  expect(await fixture.ledger.heartbeat(run.id, 2, undefined)).toBe('lost');
  expect(await claim('c')).toBe('ended');
});

test('gives back a result with its evidence, of each artifact what a report needs', async () => {
  const run = await fixture.request({ state: 'queued' });
  await fixture.ledger.write((transaction) =>
    transaction.claim(run.id, 'w', [], () => auditEvent('run.started', run.id)),
  );
  const artifact = {
    name: 'files.tar',
    bytes: 3,
    sha256: 'ab',
    completeness: 'VERIFIED',
    notes: ['a \u0000 b'],
  };
  const evidence = {
    reference: 's3://e/',
    endpoint: { url: 'https://minio.example', region: 'eu-west-1' },
    manifestSha256: 'cd',
    seals: [{ name: 'SHA256SUMS', version: 'v2' }, { name: 'INCOMPLETE' }],
    completeness: 'INCOMPLETE',
    artifacts: [artifact],
  } as const;
  const more = { ...evidence, artifacts: [{ ...artifact, tools: 'suspect', method: 'exec' }] };
  const result = { summary: 's', findings: [{ title: 't', lines: ['l'] }], failure: 'f' };
  await fixture.ledger.write((transaction) =>
    transaction.transition(
      run.id,
      { from: 'running', to: 'incomplete', fence: 1, result: { ...result, evidence: more } },
      auditEvent('run.incomplete', run.id),
    ),
  );
  const ended = await fixture.ledger.run(run.id);
  expect(ended?.result).toEqual({ ...result, evidence });
  expect(ended?.endedAt).toBeInstanceOf(Date);
});

test('tells the worker of a cancel request, of which there is one', async () => {
  const run = await fixture.request({ state: 'queued' });
  const cancel = () =>
    fixture.ledger.write((transaction) =>
      transaction.requestCancel(run.id, APPROVER, auditEvent('run.cancel-requested', run.id)),
    );
  expect(await cancel()).toBe('lost');
  await fixture.ledger.write((transaction) =>
    transaction.claim(run.id, 'w', [], () => auditEvent('run.started', run.id)),
  );
  expect([await cancel(), await cancel()]).toEqual(['requested', 'lost']);
  expect(await fixture.ledger.heartbeat(run.id, 1, undefined)).toBe('cancel requested');
  expect(await fixture.ledger.run(run.id)).toMatchObject({ cancelRequestedBy: APPROVER });
});

test('the database refuses each change of state that the run states do not allow', async () => {
  const run = await fixture.request();
  await using owner = await ledgerFixture();
  const asked = await owner.request();
  const disagreements: string[] = [];
  for (const from of RUN_STATES)
    for (const to of RUN_STATES.filter((state) => state !== from)) {
      // A row of its own for each pair: the trigger watches updates.
      const { rows: made } = await owner.pool.query<{ id: string }>(
        `insert into firebreak.runs (id, case_id, number, state, plan_text, plan_digest, requester_team, requester_user,
           reason, command, requested_at, expires_at)
         select id || $2 || $3, case_id, (select max(number) + 1 from firebreak.runs), $2, plan_text, plan_digest, '', '', '', '', requested_at, expires_at
         from firebreak.runs where id = $1 returning id`,
        [asked.id, from, to],
      );
      const allowed = await owner.pool
        .query('update firebreak.runs set state = $2 where id = $1', [made[0]?.id, to])
        .then(() => true)
        .catch(() => false);
      if (allowed !== mayFollow(from, to)) disagreements.push(`${from} to ${to}`);
    }
  expect(disagreements).toEqual([]);
  await expect(
    fixture.ledger.write((transaction) =>
      transaction.transition(
        run.id,
        { from: 'planned', to: 'succeeded' },
        auditEvent('run.succeeded', run.id),
      ),
    ),
  ).rejects.toThrow('can not become');
});

test('the database keeps an ended run as it is, and takes no decision on it', async () => {
  const run = await fixture.request();
  await fixture.ledger.write((transaction) =>
    transaction.transition(run.id, { from: 'planned', to: 'denied' }, auditEvent('run.denied', run.id)),
  );
  const refused = async (sql: string): Promise<string> =>
    rows(sql, [run.id]).then(
      () => 'taken',
      (error: unknown) => String(error),
    );
  expect(await refused(`update firebreak.runs set result = '{}' where id = $1`)).toContain('stays as it is');
  expect(await refused('update firebreak.runs set ended_at = now() where id = $1')).toContain(
    'stays as it is',
  );
  const decision = `insert into firebreak.decisions (run_id, team, user_id, verdict, at) values ($1, 'T1', 'U9', 'approve',`;
  expect(await refused(`${decision} firebreak.now())`)).toContain('does not wait for a decision');
  const waiting = await fixture.request();
  await expect(rows(`${decision} now() - interval '1 day')`, [waiting.id])).rejects.toThrow('another time');
});

test('a delivery is first once', async () => {
  const deliver = () => fixture.ledger.write((transaction) => transaction.firstDelivery('1700.1'));
  expect((await Promise.all([deliver(), deliver()])).sort()).toEqual(['duplicate', 'first']);
});

test('says what is due by the clock of the database, and not again what is owed already', async () => {
  await using other = await ledgerFixture();
  await using clock = await databaseClock(other.urls.ownerUrl);
  const run = await other.request({ expiresMs: 10 * 60_000 });
  const due = async (): Promise<unknown> => (await other.ledger.due()).map(({ due: what }) => what);
  const show = (notice: 'reminder-1' | 'reminder-2') =>
    other.ledger.write((transaction) => transaction.show(run.id, notice));
  expect(await due()).toEqual([]);
  await clock.advance(2 * 60_000);
  expect(await other.ledger.due()).toEqual([{ run: run.id, due: 'reminder-1' }]);
  await show('reminder-1');
  expect(await due()).toEqual([]);
  await clock.advance(3 * 60_000);
  expect(await due()).toEqual(['reminder-2']);
  await show('reminder-2');
  await clock.advance(5 * 60_000);
  expect(await due()).toEqual(['expiry']);
});

test('names the policies under which runs wait for a decision', async () => {
  await using other = await ledgerFixture();
  const ask = (policy: string, state: 'planned' | 'queued') => {
    const run = newRun();
    const plan = { ...run.plan, policy: { ...run.plan.policy, digest: policy } };
    return other.request({ plan, planText: JSON.stringify(plan), state });
  };
  await ask('waits', 'planned');
  await ask('waits', 'planned');
  await ask('is approved', 'queued');
  expect(await other.ledger.openPolicyDigests()).toEqual(['waits']);
});
