import { readFile, writeFile } from 'node:fs/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { SEED_PEOPLE } from '../../sandbox/slack/workspace-seed.ts';
import { noticeOf } from '../checker/read-notice.ts';
import { endJudged } from './end-judged.ts';
import { lacks, startIsolationScenario } from './isolation-scene.ts';
import type { Scenario } from './scenario.ts';

const HOUR_MS = 3_600_000;

let scenario: Scenario;
beforeEach(({ skip }) => {
  if (lacks !== '') skip(lacks);
});
afterEach(async () => {
  if (lacks !== '') return;
  await endJudged(scenario);
});

const asked = (run: string) =>
  scenario.incident.slack
    .messages(scenario.channel)
    .filter((message) => noticeOf(message)?.run === run && noticeOf(message)?.notice === 'time-up');

test('an isolation for 4 hours is asked about by one of two replicas, and released by a button and an approval alone', async () => {
  scenario = await startIsolationScenario();
  const { cluster } = scenario.incident;
  if (cluster.network === 'loopback only') throw new Error(cluster.networkReason);
  await scenario.start();
  await scenario.start();
  const { run } = await scenario.does('isolate pod/x --keep --for 4h');
  await scenario.advance(4 * HOUR_MS + 1_000);
  await expect.poll(() => asked(run).length, { timeout: 40_000 }).toBe(1);
  const [message] = asked(run);
  if (message === undefined) throw new Error('nothing was asked');
  expect(message.threadTs).toBeUndefined();
  expect(message.text).toContain(`<@${SEED_PEOPLE.requester.id}> <@${SEED_PEOPLE.approver.id}> TIME IS UP`);
  expect(await scenario.told('in-force')).toContain(run);

  const release = await scenario.pressForCard(
    { run, channel: scenario.channel, ts: message.ts },
    'Release',
    SEED_PEOPLE.requester.id,
  );
  expect(release.run).not.toBe(run);
  await scenario.press(release, 'Approve', SEED_PEOPLE.approver.id);
  await scenario.shown(release.run, 'end');
  expect(asked(run)).toHaveLength(1);
}, 120_000);

test('an isolation whose approved plan said so is released by one of two replicas when its time is up, without another approval', async () => {
  scenario = await startIsolationScenario();
  const { cluster } = scenario.incident;
  if (cluster.network === 'loopback only') throw new Error(cluster.networkReason);
  await scenario.start();
  await scenario.start();
  const { run } = await scenario.does('isolate pod/x --keep --for 4h --then-release');
  await scenario.advance(4 * HOUR_MS + 1_000);
  await expect.poll(() => asked(run).length, { timeout: 40_000 }).toBe(1);
  const released = async () =>
    await scenario.query(
      `select id, state, plan_text::json ->> 'approvedBy' as by from firebreak.runs where id <> $1`,
      [run],
    );
  await expect
    .poll(released, { timeout: 40_000 })
    .toEqual([{ id: expect.any(String), state: 'succeeded', by: run }]);
  const pod = { group: '', resource: 'pods', namespace: 'payments', name: 'x' };
  expect(cluster.object(pod)?.metadata.labels).not.toHaveProperty('firebreak.dev/isolated-by');
  expect(await scenario.told('in-force')).toContain('holds nothing');
}, 120_000);

test('an isolation under another configuration than was approved is asked about, and not released by itself', async () => {
  scenario = await startIsolationScenario();
  const { cluster } = scenario.incident;
  if (cluster.network === 'loopback only') throw new Error(cluster.networkReason);
  const first = await scenario.start();
  const { run } = await scenario.does('isolate pod/x --keep --for 4h --then-release');
  await first[Symbol.asyncDispose]();
  const text = await readFile(scenario.incident.configPath, 'utf8');
  await writeFile(scenario.incident.configPath, text.replace('approvals: 1', 'approvals: 2'));
  await scenario.start();
  await scenario.advance(4 * HOUR_MS + 1_000);
  await expect.poll(() => asked(run).length, { timeout: 40_000 }).toBe(1);
  await scenario.quiet(run);
  expect(await scenario.query('select id from firebreak.runs')).toEqual([{ id: run }]);
}, 120_000);
