import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { decide } from '../../src/flow/decide.ts';
import type { Directory } from '../../src/flow/directory.ts';
import type { Run } from '../../src/flow/ledger.ts';
import { digest } from '../../src/runtime/digest.ts';
import { CHANNEL, type LedgerFixture, ledgerFixture, newRun, REQUESTER } from '../ledger-fixture.ts';

const { team } = REQUESTER;

let fixture: LedgerFixture;
let group: readonly string[];
beforeAll(async () => {
  fixture = await ledgerFixture();
});
afterAll(() => fixture?.[Symbol.asyncDispose]());
beforeEach(() => {
  group = ['U2', 'U3'];
});

const directory: Directory = {
  team: async () => team,
  channel: async () => 'own',
  standing: async () => 'member',
  members: async () => group,
};

/** A run that waits for two approvals out of a group. */
const waiting = (): Promise<Run> => {
  const { plan } = newRun();
  const changed = { ...plan, policy: { ...plan.policy, approvals: 2, approvers: ['S1'] } };
  const planText = digest.canonical(changed);
  return fixture.request({ plan: changed, planText, planDigest: digest.sha256(planText) });
};

const press = async (run: Run, user: string, verdict: 'approve' | 'deny' = 'approve'): Promise<string> => {
  const { id, planDigest } = run;
  const click = { run: id, channel: CHANNEL, person: { team, user }, verdict, planDigest };
  const reply = await decide({ ledger: fixture.ledger, directory, policyDigest: 'p1' }, click);
  return reply.kind === 'say' ? reply.text : reply.kind;
};

test('who approved while another’s approval did not count can press again once it does', async () => {
  const run = await waiting();
  expect(await press(run, 'U2')).toContain('1 of 2');
  group = ['U3'];
  expect(await press(run, 'U3')).toContain('1 of 2');
  group = ['U2', 'U3'];
  expect(await press(run, 'U3')).toContain('It starts now');
  expect((await fixture.ledger.run(run.id))?.state).toBe('queued');
});

test('two who approve at the same moment start one run', async () => {
  const run = await waiting();
  const answers = await Promise.all([press(run, 'U2'), press(run, 'U3'), press(run, 'U2')]);
  expect(answers.filter((answer) => answer.includes('It starts now'))).toHaveLength(1);
  const { rows } = await fixture.pool.query('select 1 from pgboss.job where singleton_key = $1', [run.id]);
  expect(rows).toHaveLength(1);
});

test('an approval and a denial at the same moment leave one of both', async () => {
  const run = await waiting();
  await press(run, 'U2');
  await Promise.all([press(run, 'U3'), press(run, 'U2', 'deny')]);
  const { rows } = await fixture.pool.query(
    `select type from firebreak.audit_events where run_id = $1 and type in ('run.queued', 'run.denied')`,
    [run.id],
  );
  expect(rows).toHaveLength(1);
});

test('a card of another plan, of another channel and of another policy decides nothing', async () => {
  const run = await waiting();
  expect(await press({ ...run, planDigest: 'f'.repeat(64) }, 'U2')).toContain('older plan');
  const click = {
    run: run.id,
    channel: 'C9',
    person: { team, user: 'U2' },
    verdict: 'approve',
    planDigest: run.planDigest,
  } as const;
  const deps = { ledger: fixture.ledger, directory, policyDigest: 'p1' };
  expect(await decide(deps, click)).toMatchObject({
    text: expect.stringContaining('does not know this card'),
  });
  expect(await decide({ ...deps, policyDigest: 'p2' }, { ...click, channel: CHANNEL })).toMatchObject({
    text: expect.stringContaining('The configuration changed'),
  });
  expect((await fixture.ledger.run(run.id))?.decisions).toEqual([]);
});
