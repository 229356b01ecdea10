import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { StandInSlack } from '../../sandbox/slack/stand-in-slack.ts';
import { startSlack } from '../../sandbox/slack/start-slack.ts';
import type { Run } from '../../src/flow/ledger.ts';
import { systemClock } from '../../src/runtime/system-clock.ts';
import { connectSlack } from '../../src/slack/app.ts';
import { Deliverer } from '../../src/slack/deliverer.ts';
import { noticeMetadata } from '../../src/slack/notice-metadata.ts';
import { exampleEvidence, exampleRun } from './example-run.ts';
import { MemoryOutbox } from './memory-outbox.ts';
import { recordingLogger } from './recording-logger.ts';

const running = (bytes: number): Run =>
  exampleRun({
    state: 'running',
    fence: 1,
    startedAt: new Date(Date.now() - 20_000),
    progress: { phase: 'files', bytes },
  });

describe('the deliverer', () => {
  let slack: StandInSlack;
  let outbox: MemoryOutbox;
  let logger: ReturnType<typeof recordingLogger>;
  let deliverer: Deliverer;
  let channel: string;

  const newDeliverer = (): Deliverer => {
    const { client } = connectSlack({ botToken: slack.botToken, apiUrl: slack.apiUrl, logger });
    return new Deliverer({ outbox, client, clock: systemClock, logger });
  };
  const calls = (method: string) => slack.calls.filter((call) => call.method === method);
  const show = async (run: Run, notice: Parameters<MemoryOutbox['owe']>[1]): Promise<string> => {
    const id = outbox.owe(run, notice);
    await outbox.until(() => outbox.state(id) === 'done' || outbox.state(id) === 'abandoned');
    return id;
  };

  beforeEach(async () => {
    slack = await startSlack({ mode: 'http' });
    channel = slack.channels.incident.id;
    outbox = new MemoryOutbox();
    logger = recordingLogger();
    deliverer = newDeliverer();
    deliverer.start();
  });

  afterEach(async () => {
    await deliverer.stop();
    await slack.close();
  });

  it('posts the card once and edits the same message from then on', async () => {
    const id = await show(exampleRun(), 'card');
    const ts = outbox.ts(id);
    await show(running(3_000_000), 'card');
    expect(slack.messages(channel).map((message) => message.ts)).toEqual([ts]);
    expect(JSON.stringify(slack.messages(channel)[0]?.blocks)).toContain('Running acquire');
    expect(calls('chat.postMessage')).toHaveLength(1);
  });

  it('posts a card whose answer was lost only once', async () => {
    slack.faults.postLostAnswer('chat.postMessage');
    const id = await show(exampleRun(), 'card');
    expect(outbox.postponements.map((each) => each.outcome)).toEqual(['unsure']);
    expect(slack.messages(channel)).toHaveLength(1);
    expect(outbox.ts(id)).toBe(slack.messages(channel)[0]?.ts);
  });

  it('adopts the card that another process posted before it died, and brings it up to date', async () => {
    const id = await show(exampleRun(), 'card');
    await deliverer.stop();
    outbox.owe(running(5_000_000), 'card');
    outbox.forgetAnswer(id);
    deliverer = newDeliverer();
    deliverer.start();
    await outbox.until(() => outbox.state(id) === 'done');
    expect(slack.messages(channel)).toHaveLength(1);
    expect(JSON.stringify(slack.messages(channel)[0]?.blocks)).toContain('Running acquire');
  });

  it('marks each message with its run and notice', async () => {
    await show(exampleRun(), 'card');
    expect(slack.messages(channel)[0]?.metadata).toEqual(
      noticeMetadata({ run: 'FB-2026-0007-1', notice: 'card' }),
    );
  });

  it('finds a lost message of a thread in that thread', async () => {
    await show(exampleRun(), 'card');
    slack.faults.postLostAnswer('chat.postMessage');
    await show(exampleRun(), 'reminder-1');
    const inThread = slack.messages(channel).filter((message) => message.threadTs !== undefined);
    expect(inThread).toHaveLength(1);
  });

  it('waits as long as Slack says after a 429, asks nothing meanwhile, and loses nothing', async () => {
    await deliverer.stop();
    let steps = 0;
    // A clock that goes on by 0.4 s whenever it is read: the outbox gives the message back at once.
    const stepping = { ...systemClock, monotonicMs: () => steps++ * 400 };
    const { client } = connectSlack({ botToken: slack.botToken, apiUrl: slack.apiUrl, logger });
    deliverer = new Deliverer({ outbox, client, clock: stepping, logger });
    slack.faults.rateLimit('chat.postMessage', { retryAfterSeconds: 3, times: 1 });
    deliverer.start();
    await show(exampleRun(), 'card');
    expect(outbox.postponements[0]).toMatchObject({ retryMs: 3_000, outcome: 'certainly not posted' });
    expect(outbox.postponements.length).toBeGreaterThan(3);
    expect(slack.messages(channel)).toHaveLength(1);
    expect(calls('chat.postMessage').map((call) => call.status)).toEqual([429, 200]);
  });

  it('looks into the channel after a 500 before it posts again', async () => {
    slack.faults.fail500('chat.postMessage', 1);
    await show(exampleRun(), 'card');
    expect(slack.calls.map((call) => call.method)).toEqual([
      'chat.postMessage',
      'auth.test',
      'conversations.history',
      'chat.postMessage',
    ]);
    expect(slack.messages(channel)).toHaveLength(1);
  });

  it('does not send an edit that changes nothing', async () => {
    await show(exampleRun({ state: 'denied' }), 'card');
    await show(exampleRun({ state: 'denied' }), 'card');
    expect(calls('chat.update')).toHaveLength(0);
  });

  it('sends a bare message with its buttons when Slack refuses the whole one', async () => {
    slack.faults.refuse('chat.postMessage', 'msg_too_long', 1);
    await show(exampleRun(), 'card');
    const [card] = slack.messages(channel);
    expect(JSON.stringify(card?.blocks)).toContain('Slack refused the whole message');
    expect(JSON.stringify(card?.blocks)).toContain('firebreak.approve');
    expect(logger.lines.filter((line) => line.level === 'error')).toHaveLength(1);
  });

  it('posts a deleted card again while its run goes on', async () => {
    const id = await show(exampleRun(), 'card');
    const first = outbox.ts(id) ?? '';
    const { client } = connectSlack({ botToken: slack.botToken, apiUrl: slack.apiUrl, logger });
    await client.chat.delete({ channel, ts: first });
    await show(running(1), 'card');
    const replacement = slack.messages(channel).map((message) => message.ts);
    expect(replacement).toHaveLength(1);
    expect(replacement).not.toContain(first);
    const before = slack.calls.length;
    await show(running(9_000_000), 'card');
    expect(slack.messages(channel).map((message) => message.ts)).toEqual(replacement);
    expect(slack.calls.slice(before).map((call) => call.method)).toEqual(['chat.update']);
  });

  it('posts into the channel what belongs below a card that was deleted', async () => {
    await show(exampleRun(), 'card');
    slack.faults.refuse('chat.postMessage', 'thread_not_found', 1);
    await show(exampleRun(), 'reminder-1');
    expect(slack.messages(channel).map((message) => message.threadTs)).toEqual([undefined, undefined]);
  });

  it('looks for a lost message of a thread that is gone in the channel', async () => {
    await show(exampleRun(), 'card');
    slack.faults.fail500('chat.postMessage', 1);
    slack.faults.refuse('conversations.replies', 'thread_not_found', 1);
    const before = slack.calls.length;
    await show(exampleRun(), 'reminder-1');
    expect(slack.calls.slice(before).map((call) => call.method)).toEqual([
      'chat.postMessage',
      'auth.test',
      'conversations.replies',
      'conversations.history',
      'chat.postMessage',
    ]);
  });

  it('posts nothing when the lease is nearly over, and looks again later', async () => {
    await deliverer.stop();
    let calls = 0;
    // Twenty seconds go by between the claim and the first call.
    const slow = { ...systemClock, monotonicMs: () => (calls++ < 2 ? 0 : 20_000) };
    const { client } = connectSlack({ botToken: slack.botToken, apiUrl: slack.apiUrl, logger });
    deliverer = new Deliverer({ outbox, client, clock: slow, logger });
    deliverer.start();
    await show(exampleRun(), 'card');
    expect(outbox.postponements.map((each) => each.outcome)).toEqual(['unsure']);
    expect(slack.calls.map((call) => call.method)).toEqual([
      'auth.test',
      'conversations.history',
      'chat.postMessage',
    ]);
  });

  it('gives up a card that was deleted after its run had ended', async () => {
    const id = await show(exampleRun(), 'card');
    slack.faults.refuse('chat.update', 'message_not_found', 1);
    await show(exampleRun({ state: 'succeeded', endedAt: new Date() }), 'card');
    expect(outbox.abandoned.map((each) => each.id)).toEqual([id]);
  });

  it('gives up on an archived channel with a reason', async () => {
    slack.setChannel(channel, { state: 'archived' });
    const id = await show(exampleRun(), 'card');
    expect(outbox.abandoned).toEqual([{ id, reason: 'Slack refuses the message: is_archived.' }]);
    expect(logger.lines.at(-1)?.message).toContain('is_archived');
  });

  it('tries a channel that it was removed from again until it is let in', async () => {
    slack.faults.refuse('chat.postMessage', 'not_in_channel', 2);
    await show(exampleRun(), 'card');
    expect(outbox.postponements.map((each) => each.retryMs)).toEqual([30_000, 30_000]);
    expect(slack.messages(channel)).toHaveLength(1);
  });

  it('gives up on a channel that has refused for an hour', async () => {
    slack.faults.refuse('chat.postMessage', 'not_in_channel');
    await show(exampleRun({ requestedAt: new Date(Date.now() - 3_700_000) }), 'card');
    expect(outbox.abandoned).toHaveLength(1);
  });

  it('goes on when the outbox fails', async () => {
    await deliverer.stop();
    outbox.failNextClaim(new Error('the database is gone'));
    deliverer = newDeliverer();
    deliverer.start();
    await show(exampleRun(), 'card');
    expect(slack.messages(channel)).toHaveLength(1);
    expect(logger.lines.some((line) => line.level === 'error')).toBe(true);
  });

  it('unfurls nothing', async () => {
    await show(exampleRun(), 'card');
    expect(calls('chat.postMessage')[0]?.args).toMatchObject({
      unfurl_links: 'false',
      unfurl_media: 'false',
    });
  });

  it('keeps the details in the thread of the card and tells the requester about the end in the channel', async () => {
    const ended = exampleRun({
      state: 'succeeded',
      startedAt: new Date(),
      endedAt: new Date(),
      result: { summary: 'Captured app of pod/x.', findings: [], evidence: exampleEvidence },
    });
    const card = await show(ended, 'card');
    await show(ended, 'end');
    await show(ended, 'artifacts');
    const [, end, artifacts] = slack.messages(channel);
    expect(end?.threadTs).toBeUndefined();
    expect(end?.text).toContain(`<@${slack.people.requester.id}>`);
    expect(artifacts?.threadTs).toBe(outbox.ts(card));
  });
});
