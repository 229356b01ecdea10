import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { textOf } from '../../sandbox/demo/read-message.ts';
import { SEED_PEOPLE } from '../../sandbox/slack/workspace-seed.ts';
import { noticeOf } from '../checker/read-notice.ts';
import { endJudged } from './end-judged.ts';
import { FOOTHOLDS, lacks, startIsolationScenario } from './isolation-scene.ts';
import type { Scenario } from './scenario.ts';

const EVERY_MS = 5 * 60_000;
const POLICIES = { group: 'networking.k8s.io', resource: 'networkpolicies', namespace: 'payments' } as const;
const POD = { group: '', resource: 'pods', namespace: 'payments', name: 'x' } as const;

let scenario: Scenario;
beforeEach(({ skip }) => {
  if (lacks !== '') skip(lacks);
});
afterEach(async () => {
  if (lacks !== '') return;
  await endJudged(scenario);
});

const begin = async () => {
  scenario = await startIsolationScenario();
  const { cluster } = scenario.incident;
  if (cluster.network === 'loopback only') throw new Error(cluster.networkReason);
  const replica = await scenario.start();
  cluster.removeObject({ ...POLICIES, name: 'allow-web' });
  return { cluster, replica, isolation: await scenario.does('isolate pod/x --keep') };
};
const later = () => scenario.advance(EVERY_MS + 1_000);
const rounds = async (run: string): Promise<readonly unknown[]> =>
  (
    await scenario.query(
      'select coalesce(verdict, outcome) as came from firebreak.proofs where run_id = $1 order by id',
      [run],
    )
  )
    .map(({ came }) => came)
    .slice(1);
/** Of the messages about proofs. */
const told = (run: string, notice: 'proof-failed' | 'proof-again' | 'proof-missed') =>
  scenario.incident.slack
    .messages(scenario.channel)
    .filter((message) => noticeOf(message)?.run === run && noticeOf(message)?.notice === notice);

describe('an isolation in force', () => {
  test('is proven again, says at once when someone opens it, and is applied again by a button', async () => {
    const { cluster, isolation } = await begin();
    const { run } = isolation;
    await later();
    await expect.poll(() => rounds(run), { timeout: 40_000 }).toEqual(['CONTAINED']);
    expect(await scenario.told('in-force')).toContain(`${run}: proven CONTAINED just now`);

    const now = new Date(Date.now() + EVERY_MS).toISOString();
    cluster.addObject({
      ...{ apiVersion: 'networking.k8s.io/v1', kind: 'NetworkPolicy' },
      metadata: {
        ...{ name: 'allow-all', namespace: 'payments', creationTimestamp: now },
        managedFields: [
          {
            ...{
              manager: 'kubectl-create',
              operation: 'Update',
              apiVersion: 'networking.k8s.io/v1',
              time: now,
            },
            ...{ fieldsType: 'FieldsV1', fieldsV1: { 'f:spec': { 'f:ingress': {} } } },
          },
        ],
      },
      spec: { podSelector: {}, policyTypes: ['Ingress', 'Egress'], ingress: [{}], egress: [{}] },
    });
    await cluster.settled();
    await later();
    await expect.poll(() => told(run, 'proof-failed').length, { timeout: 40_000 }).toBe(1);
    const [failed] = told(run, 'proof-failed');
    if (failed === undefined) throw new Error('nothing was told');
    expect(failed.threadTs).toBeUndefined();
    expect(failed.text).toContain(`<@${SEED_PEOPLE.requester.id}> <@${SEED_PEOPLE.approver.id}> `);
    expect(failed.text).toMatch(/(PARTIAL|NOT ENFORCED): isolate pod\/x in payments/);
    expect(failed.text).toContain('networkpolicy/allow-all in payments is new; written by kubectl-create at');
    await scenario.shown(run, 'card', (text) => /^(PARTIAL|NOT ENFORCED) isolate/.test(text));

    const again = await scenario.pressForCard(
      { run, channel: scenario.channel, ts: failed.ts },
      'Apply again',
      SEED_PEOPLE.approver.id,
    );
    expect(again.run).not.toBe(run);
    const pressedAgain = { run, channel: scenario.channel, ts: failed.ts };
    expect(await scenario.press(pressedAgain, 'Apply again', SEED_PEOPLE.requester.id)).toContain(
      `${run} was already applied again`,
    );
    expect(await scenario.told(`status ${run}`)).toMatch(/succeeded, (PARTIAL|NOT ENFORCED)/);
    expect(textOf(await scenario.shown(again.run, 'card'))).toContain('isolate pod/x');
    await scenario.press(again, 'Deny', SEED_PEOPLE.approver.id);

    cluster.removeObject({ ...POLICIES, name: 'allow-all' });
    await cluster.settled();
    await later();
    await expect.poll(() => told(run, 'proof-again').length, { timeout: 40_000 }).toBe(1);
    expect(told(run, 'proof-again')[0]?.threadTs).toBe(isolation.ts);
    expect(told(run, 'proof-failed')).toHaveLength(1);
    await scenario.shown(run, 'card', (text) => text.startsWith('CONTAINED isolate'));
  }, 180_000);

  test('is not called open when what looked from outside has ended, and is proven by another run', async () => {
    const { cluster, isolation } = await begin();
    const { run } = isolation;
    const name = `firebreak-${run.toLowerCase()}-probe`;
    cluster.removeObject({ group: 'batch', resource: 'jobs', namespace: FOOTHOLDS, name });
    await cluster.settled();
    await later();
    await expect.poll(() => rounds(run), { timeout: 40_000 }).toEqual(['not proven']);
    await later();
    await expect.poll(() => told(run, 'proof-missed').length, { timeout: 40_000 }).toBe(1);
    expect(told(run, 'proof-missed')[0]?.text).toMatch(/NOT PROVEN since .*: isolate pod\/x in payments/);
    expect(told(run, 'proof-failed')).toEqual([]);
    await scenario.shown(run, 'card', (text) => text.startsWith('NOT PROVEN isolate'));
    const ts = told(run, 'proof-missed')[0]?.ts ?? '';
    const again = await scenario.pressForCard(
      { run, channel: scenario.channel, ts },
      'Apply again',
      SEED_PEOPLE.requester.id,
    );
    await scenario.approve(again);
    await scenario.reached(again.run, 'succeeded');
    // It was cut off already when that run looked, so that what reached it before is not known to that run.
    await scenario.shown(again.run, 'end', (text) => /^\S+ (CONTAINED|PARTIAL) isolate/.test(text));
  }, 180_000);

  test('is seen to have lost its label by a replica that came after the one that made it, and no more once it is released', async () => {
    const { cluster, replica, isolation } = await begin();
    const { run } = isolation;
    await replica.kill('SIGKILL');
    cluster.changeObject(POD, { metadata: { labels: { 'firebreak.dev/isolated-by': null } } });
    await cluster.settled();
    await later();
    await scenario.start();
    await expect.poll(() => told(run, 'proof-failed').length, { timeout: 40_000 }).toBe(1);
    const text = told(run, 'proof-failed')[0]?.text;
    expect(text).toContain(`label firebreak.dev/isolated-by of pod/x in payments is absent, it was ${run}`);
    expect(text).toContain('Ask who did this before it is done again');
    await scenario.does(`undo ${run}`);
    const before = await rounds(run);
    await later();
    await expect
      .poll(
        async () =>
          (
            await scenario.query(
              'select from firebreak.proof_watches where run_id = $1 and closed_at is not null',
              [run],
            )
          ).length,
        { timeout: 40_000 },
      )
      .toBe(1);
    expect(await rounds(run)).toEqual(before);
  }, 180_000);
});
