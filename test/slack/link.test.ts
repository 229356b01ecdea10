import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { checkBlocks } from '../../sandbox/slack/block-kit.ts';
import type { StandInSlack } from '../../sandbox/slack/stand-in-slack.ts';
import { startSlack } from '../../sandbox/slack/start-slack.ts';
import type { Run } from '../../src/flow/ledger.ts';
import type { Reply } from '../../src/flow/use-cases.ts';
import { systemClock } from '../../src/runtime/system-clock.ts';
import { connectSlack, createSlackApp, type SlackApp } from '../../src/slack/app.ts';
import { Deliverer } from '../../src/slack/deliverer.ts';
import { replyMessage } from '../../src/slack/reply-message.ts';
import { endedRun, labelPlan } from './example-changes.ts';
import { exampleEvidence, exampleRun } from './example-run.ts';
import { MemoryOutbox } from './memory-outbox.ts';
import { recordingLogger } from './recording-logger.ts';
import { RecordingUseCases } from './recording-use-cases.ts';

const SECRET = 'f00dfacef00dface';
const URL_SIGNED = `https://evidence.s3.eu-west-1.amazonaws.com/k?X-Amz-Security-Token=${'t'.repeat(2_300)}&X-Amz-Signature=${SECRET}`;
const link = (change: Partial<Extract<Reply, { kind: 'link' }>> = {}) =>
  ({
    kind: 'link',
    text: 'files.tar of FB-2026-0007-1, for you alone.',
    url: URL_SIGNED,
    name: 'files.tar',
    expiresAt: new Date('2026-11-20T14:08:00Z'),
    ...change,
  }) as const;

const captured: Run = exampleRun({
  state: 'succeeded',
  result: {
    summary: 'Captured.',
    findings: [],
    evidence: { ...exampleEvidence, reference: 's3://evidence/firebreak/FB-2026-0007/FB-2026-0007-1' },
  },
});

describe('a link', () => {
  it('is one element below the name of the file, with its end', () => {
    const message = replyMessage(link());
    const text = JSON.stringify(message?.blocks);
    checkBlocks(JSON.parse(text), 'message');
    expect(text).toContain(JSON.stringify({ type: 'link', url: URL_SIGNED, text: 'files.tar' }));
    expect(text.split(SECRET)).toHaveLength(2);
    expect(text).toContain('"fallback":"14:08 UTC"');
    expect(text).toContain('The link is a secret:');
    expect(text).not.toContain('button');
  });

  it('is not in the text that a notification carries', () => {
    expect(replyMessage(link())?.text).toBe(
      'files.tar of FB-2026-0007-1, for you alone. files.tar, until 14:08 UTC.',
    );
  });

  it.each([
    ['is longer than Slack takes', `https://b/${'x'.repeat(3_000)}`],
    ['is none', 'not a link'],
  ])('that %s is not shown, and what to do is', (_what, url) => {
    const message = replyMessage(link({ url }));
    expect(JSON.stringify(message)).not.toContain('"type":"link"');
    expect(message?.text).toContain('Fetch the file with credentials of your own.');
  });

  it('can not be made to look like another one by the name of the file', () => {
    const text = JSON.stringify(replyMessage(link({ name: 'a\u202ehttp://evil.example\n' }))?.blocks);
    expect(text).toContain('"text":"a\ufffdhxxp://evil.example"');
  });
});

describe('on a card', () => {
  let slack: StandInSlack;
  let app: SlackApp;
  let useCases: RecordingUseCases;
  let logger: ReturnType<typeof recordingLogger>;
  let channel: string;
  let asker: string;

  beforeEach(async () => {
    slack = await startSlack({ mode: 'http' });
    channel = slack.channels.incident.id;
    asker = slack.people.approver.id;
    useCases = new RecordingUseCases();
    logger = recordingLogger();
    const connection = { botToken: slack.botToken, apiUrl: slack.apiUrl, logger };
    const pauses = { ...systemClock, sleep: () => Promise.resolve() };
    app = createSlackApp({
      ...connection,
      signingSecret: slack.signingSecret,
      port: 0,
      host: '127.0.0.1',
      client: connectSlack(connection).client,
      useCases,
      clock: pauses,
    });
    const started = await app.start();
    if (started.mode === 'http') slack.setRequestUrl(`http://127.0.0.1:${started.port}/slack/events`);
  });

  afterEach(async () => {
    await app.stop();
    await slack.close();
  });

  const card = async (run: Run): Promise<string> => {
    const outbox = new MemoryOutbox();
    const { client } = connectSlack({ botToken: slack.botToken, apiUrl: slack.apiUrl, logger });
    const deliverer = new Deliverer({ outbox, client, clock: systemClock, logger });
    const id = outbox.owe(run, 'card');
    deliverer.start();
    await outbox.until(() => outbox.state(id) === 'done');
    await deliverer.stop();
    return outbox.ts(id) ?? '';
  };
  const press = async (run: Run, actionId: string) =>
    slack.click({ user: asker, channel, messageTs: await card(run), actionId });
  const inChannel = (): string => JSON.stringify(slack.messages(channel));

  it.each([
    ['Undo', 'firebreak.undo', 'undo', endedRun(labelPlan, 'applied')],
    ['Get link', 'firebreak.get-link', 'download', captured],
  ])('a press on %s is the same as typing it', async (_label, actionId, word, run) => {
    const act = await press(run, actionId);
    await act.responses();
    expect(useCases.knocks).toEqual([
      {
        door: 'command',
        input: {
          text: `${word} FB-2026-0007-1`,
          channel,
          person: { team: slack.teamId, user: asker },
          delivery: act.triggerId,
        },
      },
    ]);
  });

  it('a button whose run is more than one word is none of ours', async () => {
    const { client } = connectSlack({ botToken: slack.botToken, apiUrl: slack.apiUrl, logger });
    const value = JSON.stringify({ run: 'FB-2026-0007-1 --reason x', plan: 'a'.repeat(64) });
    const { ts } = await client.chat.postMessage({
      channel,
      text: 'forged',
      blocks: [
        {
          type: 'actions',
          elements: [
            {
              type: 'button',
              action_id: 'firebreak.undo',
              text: { type: 'plain_text', text: 'Undo' },
              value,
            },
          ],
        },
      ],
    });
    const act = await slack.click({ user: asker, channel, messageTs: ts ?? '', actionId: 'firebreak.undo' });
    const [shown] = await act.responses();
    expect(shown?.['text']).toContain('nothing was done');
    expect(useCases.knocks).toEqual([]);
  });

  it('a link goes to who pressed, beside the card, and nothing unfurls it', async () => {
    useCases.answer = () => Promise.resolve(link());
    const act = await press(captured, 'firebreak.get-link');
    const [shown] = await act.responses();
    expect(shown).toMatchObject({
      response_type: 'ephemeral',
      replace_original: false,
      unfurl_links: false,
      unfurl_media: false,
    });
    expect(slack.ephemerals(channel, asker)).toHaveLength(1);
    expect(inChannel()).not.toContain(SECRET);
    expect(inChannel()).toContain('Get link');
  });

  it('a link to one file leaves the offer of the others', async () => {
    const command = 'download FB-2026-0007-1 files.tar';
    useCases.answer = () =>
      Promise.resolve({ kind: 'choose', text: 'Which file?', options: [{ label: 'files.tar', command }] });
    await (await press(captured, 'firebreak.get-link')).responses();
    const [offer] = slack.ephemerals(channel, asker);
    useCases.answer = () => Promise.resolve(link());
    const messageTs = offer?.ts ?? '';
    const act = await slack.click({ user: asker, channel, messageTs, actionId: 'firebreak.choose.0' });
    await act.responses();
    const [still, second] = slack.ephemerals(channel, asker);
    expect(JSON.stringify(still?.blocks)).toContain('button');
    expect(JSON.stringify(second?.blocks)).toContain(SECRET);
  });

  it('a link that can not be said goes nowhere: not into the channel, not into a log', async () => {
    useCases.answer = () => Promise.resolve(link());
    const messageTs = await card(captured);
    slack.faults.fail500('response_url', 100);
    slack.faults.fail500('chat.postEphemeral', 100);
    await slack.click({ user: asker, channel, messageTs, actionId: 'firebreak.get-link' });
    await expect.poll(() => logger.lines.some(({ level }) => level === 'error')).toBe(true);
    expect(inChannel()).not.toContain(SECRET);
    expect(slack.messages(channel)).toHaveLength(1);
    const calls = slack.calls.map(({ method }) => method);
    expect(calls.filter((method) => method === 'chat.postEphemeral').length).toBeGreaterThan(1);
    expect(calls.filter((method) => method === 'chat.postMessage')).toHaveLength(1);
    expect(
      JSON.stringify(logger.lines, (_key, value: unknown) =>
        value instanceof Error
          ? [...Object.entries(value), value.message, value.stack, String(value.cause)]
          : value,
      ),
    ).not.toContain(SECRET);
  });

  it('a link whose response_url fails goes to the same person alone', async () => {
    useCases.answer = () => Promise.resolve(link());
    const messageTs = await card(captured);
    slack.faults.fail500('response_url', 1);
    await slack.click({ user: asker, channel, messageTs, actionId: 'firebreak.get-link' });
    await slack.waitFor(() => slack.ephemerals(channel, asker).length === 1);
    expect(JSON.stringify(slack.ephemerals(channel, asker))).toContain(SECRET);
    expect(slack.ephemerals(channel, slack.people.requester.id)).toEqual([]);
    expect(inChannel()).not.toContain(SECRET);
  });
});
