import { once } from 'node:events';
import { createServer } from 'node:http';
import { text } from 'node:stream/consumers';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { textOf } from '../../sandbox/demo/read-message.ts';
import type { FirebreakProcess } from '../../sandbox/incident/firebreak-process.ts';
import { freePort } from '../../sandbox/postgres/free-port.ts';
import { signatureOf } from '../../sandbox/slack/signed-requests.ts';
import { SEED_PEOPLE } from '../../sandbox/slack/workspace-seed.ts';
import { type Scenario, startScenario } from './scenario.ts';
import { until } from './until.ts';

const { approver, outsider, requester } = SEED_PEOPLE;

let scenario: Scenario;
let firebreak: FirebreakProcess;
let port: number;
beforeAll(async () => {
  scenario = await startScenario({ mode: 'http' });
  port = await freePort();
  firebreak = await scenario.start({ PORT: String(port) });
  scenario.incident.slack.setRequestUrl(`http://127.0.0.1:${port}/slack/events`);
});
afterAll(() => scenario?.[Symbol.asyncDispose]());
afterEach(async () => {
  expect(await scenario.violations()).toEqual([]);
});

const admin = async (path: string): Promise<{ readonly status: number; readonly text: string }> => {
  const response = await fetch(`http://127.0.0.1:${firebreak.adminPort}${path}`);
  return { status: response.status, text: await response.text() };
};
const runs = async (): Promise<number> => (await scenario.query('select id from firebreak.runs')).length;

test('a whole incident goes over signed HTTP requests', async () => {
  const { slack } = scenario.incident;
  const read = await scenario.ask('inspect pod/x');
  await scenario.reached(read.run, 'succeeded');
  expect(await scenario.told('aquire pod/x')).toMatch(/Did you mean .acquire.\?/);
  const card = await scenario.ask('acquire kubeconfig prod-cluster pod/x --reason “odd outbound traffic”');
  expect(await scenario.press(card, 'Approve', outsider.id)).toContain('not among the approvers');
  expect(await scenario.press(card, 'Approve', approver.id)).toContain('You approved');
  const end = await scenario.shown(card.run, 'end');
  expect(textOf(end)).toContain('COMPLETE');
  expect(slack.messages(scenario.channel).length).toBeGreaterThan(3);
});

test.each(['invalid', 'stale'] as const)(
  'a request whose signature is %s is refused, and nothing is done',
  async (signature) => {
    const before = await runs();
    const { slack } = scenario.incident;
    const typed = await slack.command({
      user: requester.id,
      channel: scenario.channel,
      text: 'acquire pod/x',
      signature,
    });
    expect(typed.outcome).toBe('dispatch_failed');
    expect(typed.deliveries).toMatchObject([{ reason: 'HTTP 401' }]);
    const card = await scenario.ask('acquire pod/x');
    const button = slack.buttons(scenario.channel).findLast(({ label }) => label === 'Approve');
    if (button?.value === undefined) throw new Error('there is no button to approve');
    const clicked = await slack.click({
      ...{ user: approver.id, channel: scenario.channel, messageTs: card.ts, signature },
      ...{ actionId: button.actionId, value: button.value },
    });
    expect(clicked.outcome).toBe('dispatch_failed');
    expect(await scenario.told('help')).toContain('acquire');
    expect(await scenario.state(card.run)).toBe('planned');
    expect(await runs()).toBe(before + 1);
  },
);

test('a click with the digest of another plan changes nothing and says so', async () => {
  const { slack } = scenario.incident;
  const card = await scenario.ask('acquire pod/x');
  const said = Promise.withResolvers<string>();
  const listening = createServer((request, response) => {
    text(request).then(said.resolve, said.reject);
    response.end('ok');
  });
  listening.listen(0, '127.0.0.1');
  await once(listening, 'listening');
  const address = listening.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  const payload = {
    type: 'block_actions',
    user: { id: approver.id, team_id: slack.teamId },
    team: { id: slack.teamId },
    channel: { id: scenario.channel },
    container: { type: 'message', message_ts: card.ts, channel_id: scenario.channel },
    trigger_id: 'an older card',
    response_url: `http://127.0.0.1:${address.port}/`,
    actions: [
      {
        type: 'button',
        action_id: 'firebreak.approve',
        block_id: 'firebreak.card',
        value: JSON.stringify({ run: card.run, plan: 'a'.repeat(64) }),
      },
    ],
  };
  const body = new URLSearchParams({ payload: JSON.stringify(payload) }).toString();
  const seconds = Math.floor(Date.now() / 1_000);
  const response = await fetch(`http://127.0.0.1:${port}/slack/events`, {
    method: 'POST',
    body,
    headers: {
      'content-type': 'application/x-www-form-urlencoded',
      'x-slack-request-timestamp': String(seconds),
      'x-slack-signature': signatureOf(slack.signingSecret, seconds, body),
    },
  });
  expect(response.status).toBe(200);
  expect(await said.promise).toContain('older plan');
  expect(await scenario.state(card.run)).toBe('planned');
  listening.close();
});

test('health, readiness and metrics are on the admin port, and not on the one that Slack reaches', async () => {
  expect(await admin('/healthz')).toEqual({ status: 200, text: 'ok\n' });
  expect(await admin('/readyz')).toMatchObject({
    status: 200,
    text: expect.stringContaining('"ready":true'),
  });
  const read = await scenario.ask('inspect pod/x');
  await scenario.reached(read.run, 'succeeded');
  await until('the run is counted', async () =>
    (await admin('/metrics')).text.includes('firebreak_runs_ended_total{verb="inspect",state="succeeded"}'),
  );
  for (const path of ['/healthz', '/readyz', '/metrics'])
    expect((await fetch(`http://127.0.0.1:${port}${path}`)).status).toBe(404);
  expect((await admin('/slack/events')).status).toBe(404);
});
