import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { textOf } from '../../sandbox/demo/read-message.ts';
import { testServer } from '../../sandbox/postgres/test-server.ts';
import { SEED_PEOPLE } from '../../sandbox/slack/workspace-seed.ts';
import { type Scenario, startScenario } from './scenario.ts';
import { until } from './until.ts';

const { approver, secondApprover, outsider, requester } = SEED_PEOPLE;
const ACQUIRE = 'acquire pod/x --reason "odd outbound traffic"';
const OUTAGE_MS = 10_000;
/** The files of the scene take longer than the outage. */
const BYTES_PER_SECOND = 2_000;

test('Postgres is away for ten seconds: the run at work and the click that waits both come to their end', async () => {
  const server = await testServer();
  await using scenario = await startScenario({ database: server });
  const { cluster } = scenario.incident;
  const execs = (): number => cluster.requests.filter(({ resource }) => resource === 'pods/exec').length;
  cluster.faults.limitExecRate(BYTES_PER_SECOND, ({ resource }) => resource === 'pods/exec' && execs() === 2);
  await scenario.start();
  const running = await scenario.ask(ACQUIRE);
  const waiting = await scenario.ask(ACQUIRE);
  await scenario.press(running, 'Approve', approver.id);
  await until('it reads the files', () => execs() === 2);
  await server.stop();
  const clicked = scenario.press(waiting, 'Approve', secondApprover.id);
  // The outage itself is the fault, and its length is what was asked for.
  await delay(OUTAGE_MS);
  await server.start();
  expect(await clicked).toContain('You approved');
  for (const { run } of [running, waiting])
    expect(await scenario.reached(run, 'succeeded', 'incomplete', 'failed')).toBe('succeeded');
  expect(await scenario.violations()).toEqual([]);
}, 150_000);

describe('Slack', () => {
  let scenario: Scenario;
  beforeAll(async () => {
    scenario = await startScenario({ cluster: { containers: 'no shell' } });
    await scenario.start();
  });
  afterAll(() => scenario?.[Symbol.asyncDispose]());
  afterEach(async () => {
    scenario.incident.slack.faults.clear();
    expect(await scenario.violations()).toEqual([]);
  });
  /** Resolves when only this person sees a message with these words. */
  const whispered = (user: string, words: string): Promise<unknown> =>
    scenario.incident.slack.waitFor(
      () =>
        scenario.incident.slack.ephemerals(scenario.channel, user).find(({ text }) => text.includes(words)),
      { timeoutMs: 30_000 },
    );
  const click = async (label: 'Approve' | 'Deny', user: string): Promise<void> => {
    const { slack } = scenario.incident;
    const button = slack.buttons(scenario.channel).findLast((one) => one.label === label);
    if (button === undefined) throw new Error(`there is no button ${label}`);
    const { actionId, messageTs, value } = button;
    await slack.click({
      user,
      channel: scenario.channel,
      messageTs,
      actionId,
      ...(value === undefined ? {} : { value }),
    });
  };

  test('answers 429 and 500 to posts and edits: every message comes once, and the last state arrives', async () => {
    const { faults } = scenario.incident.slack;
    faults.rateLimit('chat.postMessage', { retryAfterSeconds: 1, times: 1 });
    faults.fail500('chat.postMessage', 1);
    const card = await scenario.ask(ACQUIRE);
    faults.fail500('chat.update', 2);
    faults.rateLimit('chat.update', { retryAfterSeconds: 1, times: 1 });
    faults.postLostAnswer('chat.postMessage', 1);
    await scenario.press(card, 'Approve', approver.id);
    await scenario.shown(card.run, 'card', (text) => text.includes('INCOMPLETE'));
    const end = await scenario.shown(card.run, 'end');
    expect(textOf(end)).toContain(requester.id);
  });

  test('refuses a response_url: the person is told by an ephemeral message', async () => {
    const { faults } = scenario.incident.slack;
    const card = await scenario.ask(ACQUIRE);
    faults.fail500('response_url', 1);
    await click('Deny', outsider.id);
    await whispered(outsider.id, 'You are not among the approvers');
    faults.fail500('response_url', 1);
    await click('Deny', approver.id);
    await whispered(approver.id, `You denied ${card.run}`);
  });

  test('refuses both ways to answer for a moment: the person is told later', async () => {
    const { faults } = scenario.incident.slack;
    const card = await scenario.ask(ACQUIRE);
    faults.fail500('response_url', 1);
    faults.rateLimit('chat.postEphemeral', { retryAfterSeconds: 1, times: 1 });
    await click('Deny', approver.id);
    await whispered(approver.id, `You denied ${card.run}`);
  });

  test('drops every Socket Mode connection: commands arrive again, and no card is lost', async () => {
    const { slack } = scenario.incident;
    const card = await scenario.ask(ACQUIRE);
    slack.faults.dropConnection();
    await slack.disconnected();
    await slack.connected();
    expect(await scenario.press(card, 'Deny', approver.id)).toContain('You denied');
  });

  test('recycles its connections one by one: nothing that is typed meanwhile is lost', async () => {
    const { slack } = scenario.incident;
    await slack.connected(2);
    for (const reason of ['warning', 'refresh_requested'] as const) {
      slack.faults.requestReconnect(reason, 'oldest');
      const card = await scenario.ask(ACQUIRE);
      expect(await scenario.press(card, 'Deny', approver.id)).toContain('You denied');
      await slack.connected(2);
    }
  });
});
