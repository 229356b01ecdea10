import { appendFile, cp, mkdir, mkdtemp, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Message } from '../../sandbox/slack/visible.ts';
import { type Card, type Scenario, startScenario } from '../scenarios/scenario.ts';
import type { CheckedSlack, CheckedWorld } from './checked-world.ts';
import { judge } from './judge.ts';
import { type Database, type EventRow, type RunRow, readDatabase } from './read-database.ts';
import { noticeOf } from './read-notice.ts';

let scenario: Scenario;
let card: Card;
let world: CheckedWorld;
let good: Database;
beforeAll(async () => {
  scenario = await startScenario();
  await scenario.start();
  await scenario.ask('inspect pod/x');
  card = await scenario.ask('acquire pod/x --reason "it beacons"');
  await scenario.press(card, 'Approve', scenario.incident.slack.people.approver.id);
  await scenario.reached(card.run, 'succeeded', 'incomplete', 'failed');
  world = await scenario.world();
  good = await readDatabase(world.databaseUrl);
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

describe('finds in the evidence', () => {
  /** The evidence in a folder of its own, with one thing changed in the run's bundle. */
  const planted = async (plant: (bundle: string) => Promise<void>): Promise<string> => {
    const evidence = await mkdtemp(join(tmpdir(), 'firebreak-planted-'));
    try {
      await cp(world.evidence, evidence, { recursive: true, preserveTimestamps: true });
      await plant(join(evidence, card.run.replace(/-\d+$/, ''), card.run));
      return (await judge(good, { ...world, evidence })).join('\n');
    } finally {
      await rm(evidence, { recursive: true });
    }
  };
  const edit = (name: string, change: (text: string) => string) => async (bundle: string) => {
    const path = join(bundle, name);
    await writeFile(path, change(await readFile(path, 'utf8')));
  };
  test.each<[string, (bundle: string) => Promise<void>, RegExp]>([
    ['no bundle', (bundle) => rm(bundle, { recursive: true }), /is succeeded and has no bundle/],
    ['no manifest', (bundle) => rm(join(bundle, 'manifest.json')), /is succeeded and has no manifest/],
    ['a missing artifact', (bundle) => rm(join(bundle, 'files.tar')), /lacks files\.tar/],
    [
      'an artifact that was changed',
      (bundle) => appendFile(join(bundle, 'pod.json'), ' '),
      /has other bytes in pod\.json than its manifest says[\s\S]*does not verify with sha256sum/,
    ],
    [
      'an artifact that is not an archive',
      (bundle) => writeFile(join(bundle, 'files.tar'), 'nothing of the kind'),
      /has a files\.tar that tar -t does not read/,
    ],
    [
      'a list of sums without an artifact',
      edit('SHA256SUMS', (text) => text.replace(/^.*pod\.json\n/m, '')),
      /of pod\.json, unlike its SHA256SUMS/,
    ],
    [
      'a manifest that was changed',
      edit('manifest.json', (text) => `${text} `),
      /has a manifest that is not the one in the trail/,
    ],
    [
      'a manifest of another run',
      edit('manifest.json', (text) => text.replaceAll(card.run, 'FB-2026-0009-9')),
      /has a manifest of another run/,
    ],
    [
      'a manifest with another hash',
      edit('manifest.json', (text) => text.replace(/("name":"pod\.json".*?"sha256":")[0-9a-f]{4}/, '$10000')),
      /has pod\.json with another hash than in the trail/,
    ],
    [
      'a manifest with another anchor',
      edit('manifest.json', (text) => text.replace(/("audit":\{"hash":")[0-9a-f]{4}/, '$1zzzz')),
      /has an anchor that is not in the trail/,
    ],
    [
      'a bundle that calls itself whole and is not',
      edit('manifest.json', (text) => text.replace('"COUNTED"', '"INCOMPLETE"')),
      /unlike its list INCOMPLETE[\s\S]*calls itself complete/,
    ],
    [
      'a file that nobody named',
      (bundle) => writeFile(join(bundle, 'notes.txt.partial'), ''),
      /holds notes\.txt\.partial, which its manifest does not name/,
    ],
    [
      'a file that was written after the manifest',
      (bundle) => utimes(join(bundle, 'pod.json'), new Date(), new Date()),
      /has pod\.json written after its manifest/,
    ],
    [
      'an earlier capture that is not listed',
      async (bundle) => {
        await mkdir(join(bundle, 'superseded-1'));
        await writeFile(join(bundle, 'superseded-1', 'files.tar'), 'half');
      },
      /does not list superseded-1\/files\.tar in INCOMPLETE/,
    ],
    [
      'a secret',
      (bundle) => appendFile(join(bundle, 'volatile.jsonl'), world.secrets[0] ?? ''),
      /a secret \(.*\) stands in .*volatile\.jsonl/,
    ],
  ])('%s', async (_what, plant, sentence) => {
    expect(await planted(plant)).toMatch(sentence);
  });

  test('an earlier capture that is gone', async () => {
    const gone = withEvent('evidence.sealed', ({ parsed }) => ({
      type: 'evidence.superseded',
      parsed: parsed && { ...parsed, facts: { objects: ['superseded-1/files.tar'] } },
    }));
    expect((await judge(gone, world)).join('\n')).toMatch(
      /superseded-1\/files\.tar of an earlier capture is gone/,
    );
  });

  test('an incomplete end that the channel was not told', async () => {
    const message = await planted(
      edit('manifest.json', (text) =>
        text.replace('"completeness":"complete"', '"completeness":"INCOMPLETE"'),
      ),
    );
    expect(message).toMatch(/is not whole, and the channel was not told/);
  });
});
