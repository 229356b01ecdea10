import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Message } from '../../sandbox/slack/visible.ts';
import type { Card, Scenario } from '../scenarios/scenario.ts';
import type { CheckedSlack, CheckedWorld } from './checked-world.ts';
import { goodIncident } from './good-incident.ts';
import { judge } from './judge.ts';
import type { Database, EventRow, RunRow } from './read-database.ts';
import { noticeOf } from './read-notice.ts';

let scenario: Scenario;
let card: Card;
let world: CheckedWorld;
let good: Database;
beforeAll(async () => {
  ({ scenario, card, world, good } = await goodIncident());
}, 60_000);
afterAll(() => scenario?.[Symbol.asyncDispose]());

test('finds nothing wrong with an incident that went well', async () => {
  expect(await scenario.violations()).toEqual([]);
});

const withRun = (change: Partial<RunRow>): Database => ({
  ...good,
  runs: good.runs.map((run) => (run.id === card.run ? { ...run, ...change } : run)),
});
const withEvent = (type: string, change: (event: EventRow) => Partial<EventRow>): Database => ({
  ...good,
  events: good.events.map((event) =>
    event.type === type && event.run_id === card.run ? { ...event, ...change(event) } : event,
  ),
});
const without = (type: string): Database => ({
  ...good,
  events: good.events.filter((event) => event.type !== type || event.run_id !== card.run),
});

describe('finds in the database', () => {
  test.each<[string, () => Database, RegExp]>([
    [
      'a body that was changed',
      () => withEvent('run.queued', ({ body }) => ({ body: body.replace('decide', 'decibe') })),
      /its hash is not that of its body/,
    ],
    [
      'a question whether to release without its event',
      () => ({
        ...good,
        messages: good.messages.flatMap((message) =>
          message.notice === 'card' && message.run_id === card.run
            ? [message, { ...message, notice: 'time-up' }]
            : [message],
        ),
      }),
      /0 events of its time being up, and 1 messages/,
    ],
    [
      'a body that is not canonical',
      () => withEvent('run.queued', ({ body }) => ({ body: `${body} ` })),
      /not in canonical form/,
    ],
    [
      'a body that is no event',
      () => withEvent('run.queued', () => ({ parsed: undefined })),
      /its body is not an event/,
    ],
    [
      'a column that was changed',
      () => withEvent('run.queued', () => ({ case_id: 'FB-2026-9999' })),
      /a column differs from its body/,
    ],
    [
      'a broken link',
      () => withEvent('run.queued', () => ({ prev: 'a'.repeat(64) })),
      /does not follow the event before/,
    ],
    ['an event that was taken out', () => without('run.queued'), /stands where \d+ is expected/],
    [
      'a text that was changed',
      () => ({ ...good, texts: good.texts.map((text) => ({ ...text, text: `${text.text}!` })) }),
      /the text reason is not the one that was hashed/,
    ],
    [
      'a head that is not the last event',
      () => ({ ...good, heads: [{ seq: 1, hash: 'a'.repeat(64) }] }),
      /the audit head is not the last/,
    ],
    ['a run without the event of its request', () => without('run.requested'), /has no event of its request/],
    [
      'a state without its event',
      () => withRun({ state: 'failed' }),
      /is failed, and its last event says succeeded/,
    ],
    [
      'a step that no run may make',
      () => withEvent('run.queued', () => ({ type: 'run.started' })),
      /has run\.started \(\d+\) while it was planned/,
    ],
    [
      'an event of a worker that lost the run',
      () =>
        withEvent('evidence.sealed', ({ parsed }) => ({
          parsed: parsed && { ...parsed, facts: { ...parsed.facts, fence: 2 } },
        })),
      /of the fencing number 2 while 1 held it/,
    ],
    [
      'a fencing number without its event',
      () => withRun({ fence: 2 }),
      /has the fencing number 2, and its events say 1/,
    ],
    [
      'a run that was queued without approvals',
      () => without('decision.given'),
      /was queued with fewer approvals than it needs/,
    ],
    [
      'an approval by the requester',
      () => withRun({ requester_user: 'U0APPROVER1' }),
      /was queued with fewer approvals than it needs/,
    ],
    [
      'a run that skipped its approval',
      () =>
        withEvent('run.requested', ({ parsed }) => ({
          parsed: parsed && { ...parsed, facts: { ...parsed.facts, state: 'queued' } },
        })),
      /was queued without being approved/,
    ],
    [
      'a decision without its event',
      () => ({
        ...good,
        decisions: [...good.decisions, { run_id: card.run, user_id: 'U0APPROVER2', verdict: 'approve' }],
      }),
      /has decisions that differ from their events/,
    ],
    [
      'a plan that was exchanged',
      () => withRun({ plan_text: '{}' }),
      /has a plan that is not under its digest/,
    ],
    [
      'an end without its time',
      () => withRun({ ended_at: null }),
      /is succeeded with a wrong time of its end/,
    ],
    [
      'a cancel request without its event',
      () => withRun({ cancel_user: 'U0APPROVER1' }),
      /has a cancel request without its event/,
    ],
    [
      'an event about no run',
      () => ({ ...good, runs: good.runs.filter(({ id }) => id !== card.run) }),
      /which is no run/,
    ],
    [
      'a case that no event opened',
      () => ({ ...good, cases: [...good.cases, 'FB-2026-9999'] }),
      /FB-2026-9999 was not opened/,
    ],
    ['a run that is left running', () => withRun({ state: 'running', ended_at: null }), /is left running/],
    [
      'a message that is owed',
      () => ({ ...good, messages: good.messages.map((message) => ({ ...message, version: 99 })) }),
      /the channel is owed its card/,
    ],
  ])('%s', async (_what, plant, sentence) => {
    expect((await judge(plant(), world)).join('\n')).toMatch(sentence);
  });
});

const slackWith = (change: (message: Message) => readonly Message[]): CheckedWorld => {
  const slack: CheckedSlack = {
    channels: world.slack.channels,
    people: world.slack.people,
    ephemerals: (channel, user) => world.slack.ephemerals(channel, user),
    messages: (channel) => world.slack.messages(channel).flatMap(change),
  };
  return { ...world, slack };
};
const changing = (notice: string, change: (message: Message) => readonly Message[]): CheckedWorld =>
  slackWith((message) => {
    const is = noticeOf(message);
    return is?.run === card.run && is.notice === notice ? change(message) : [message];
  });
const request = {
  at: new Date(0),
  method: 'GET',
  user: 'responder',
  verb: 'get',
  namespace: 'payments',
  name: 'x',
  upgrade: false,
  userAgent: 'firebreak/0',
};
const withRequest = (more: {
  resource: string;
  path?: string;
  method?: string;
  at?: Date;
  upgrade?: boolean;
}): CheckedWorld => ({
  ...world,
  cluster: {
    ...world.cluster,
    requests: [
      ...world.cluster.requests,
      { ...request, path: '/api/v1/namespaces/payments/pods/x', ...more },
    ],
  },
});

describe('finds in the channel and in the cluster', () => {
  test.each<[string, () => CheckedWorld, RegExp]>([
    ['a second card', () => changing('card', (message) => [message, message]), /has 2 messages for card/],
    ['a missing card', () => changing('card', () => []), /has no card/],
    [
      'a card that does not show the end',
      () => changing('card', (message) => [{ ...message, text: 'Running acquire' }]),
      /is succeeded, and its card says/,
    ],
    [
      'a card that can still be pressed',
      () =>
        changing('card', (message) => [
          { ...message, blocks: [...message.blocks, { action_id: 'firebreak.approve' }] },
        ]),
      /its card can still be pressed/,
    ],
    ['a second end', () => changing('end', (message) => [message, message]), /has 2 messages for end/],
    [
      'an end that was not told',
      () => changing('end', () => []),
      /the channel was not told by a new message/,
    ],
    [
      'an end without the manifest’s hash',
      () => changing('end', (message) => [{ ...message, blocks: [] }]),
      /ended without its manifest’s hash/,
    ],
    [
      'an exec before the approval',
      () =>
        withRequest({
          resource: 'pods/exec',
          path: '/api/v1/namespaces/payments/pods/x/exec?container=app',
          upgrade: true,
        }),
      /exec\?container=app reached the cluster .* without an approval/,
    ],
    [
      'an exec into a container that was not approved',
      () =>
        withRequest({
          resource: 'pods/exec',
          path: '/api/v1/namespaces/payments/pods/x/exec?container=other',
          upgrade: true,
          at: new Date(),
        }),
      /container=other reached the cluster/,
    ],
    [
      'a log read before the approval',
      () => withRequest({ resource: 'pods/log' }),
      /reached the cluster .* without an approval/,
    ],
    ['a read of a Secret', () => withRequest({ resource: 'secrets' }), /without an approval/],
    [
      'a change of the cluster',
      () => withRequest({ resource: 'pods', method: 'DELETE', at: new Date() }),
      /DELETE .* reached the cluster/,
    ],
    [
      'a secret in a message',
      () => changing('end', (message) => [{ ...message, text: world.secrets[0] ?? '' }]),
      /a secret \(.*\) stands in a message/,
    ],
    [
      'a secret in the log',
      () => ({ ...world, log: `${world.log}{"msg":"${world.secrets[0]}"}` }),
      /a secret \(.*\) stands in the log/,
    ],
  ])('%s', async (_what, plant, sentence) => {
    expect((await judge(good, plant())).join('\n')).toMatch(sentence);
  });

  test('a takeover that was not told', async () => {
    expect((await judge(withRun({ fence: 2 }), world)).join('\n')).toMatch(
      /was taken over, and the channel was not told/,
    );
  });
});
