import { App, SocketModeReceiver } from '@slack/bolt';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createManualClock, type ManualClock } from './manual-clock.ts';
import type { StandInSlack } from './stand-in-slack.ts';
import { startSlack } from './start-slack.ts';
import { silent } from './testing/quiet-web-client.ts';

let slack: StandInSlack;
let clock: ManualClock;
let app: App;

beforeEach(async () => {
  clock = createManualClock(Date.now());
  slack = await startSlack({ clock });
  const clientOptions = { slackApiUrl: slack.apiUrl };
  const receiver = new SocketModeReceiver({
    appToken: slack.appToken,
    logger: silent,
    // The real client waits this long before it reconnects; the default is five seconds.
    clientPingTimeout: 300,
    installerOptions: { clientOptions },
  });
  app = new App({ token: slack.botToken, receiver, logger: silent, clientOptions });
});

afterEach(async () => {
  await app.stop();
  await slack.close();
});

describe('the stand-in Slack with Bolt in Socket Mode', () => {
  test('carries a command to the app and its acknowledgement back to the person', async () => {
    const { requester } = slack.people;
    app.command('/k8s', async ({ ack, command, body, respond }) => {
      await ack(`read: ${command.text}`);
      await respond({ text: `from ${body.user_id} in ${body.channel_id}` });
      await respond({ text: 'for all', response_type: 'in_channel' });
    });
    await app.start();
    const channel = slack.channels.incident.id;
    const result = await slack.command({ user: requester.id, channel, text: 'help' });
    expect(result.outcome).toBe('acknowledged');
    expect(result.ack).toEqual({ text: 'read: help' });
    await result.responses(3);
    expect(slack.ephemerals(channel, requester.id).map((entry) => entry.text)).toEqual([
      'read: help',
      `from ${requester.id} in ${channel}`,
    ]);
    const open = await slack.waitFor(({ messages }) =>
      messages.find((message) => message.text === 'for all'),
    );
    expect(open.author).toBe(slack.botUserId);
  });

  test('carries a click with the real message, and lets the app edit it', async () => {
    const channel = slack.channels.incident.id;
    app.action('approve', async ({ ack, body, client, action }) => {
      await ack();
      if (body.type !== 'block_actions' || action.type !== 'button' || body.message === undefined) return;
      await client.chat.update({
        channel,
        ts: body.message.ts,
        text: `approved ${action.value} by ${body.user.id}, was ${body.message.text}, ${JSON.stringify(body.message['metadata'])}`,
      });
    });
    await app.start();
    const posted = await app.client.chat.postMessage({
      channel,
      text: 'a card',
      metadata: { event_type: 'card', event_payload: { run: 'FB-1' } },
      blocks: [
        { type: 'section', text: { type: 'mrkdwn', text: '*a card*' } },
        {
          type: 'actions',
          elements: [
            {
              type: 'button',
              action_id: 'approve',
              value: 'FB-1',
              text: { type: 'plain_text', text: 'Approve' },
            },
          ],
        },
      ],
    });
    const approver = slack.people.approver.id;
    const click = { user: approver, channel, messageTs: posted.ts ?? '', actionId: 'approve' };
    expect((await slack.click(click)).outcome).toBe('acknowledged');
    const edited = await slack.waitFor(({ messages }) =>
      messages.find((message) => message.edits.length === 1),
    );
    expect(edited.text).toBe(`approved FB-1 by ${approver}, was a card, ${JSON.stringify(edited.metadata)}`);
    expect(edited.blocks).toEqual([]);
    expect(edited.metadata).toEqual({ event_type: 'card', event_payload: { run: 'FB-1' } });
    expect((await slack.click(click)).outcome).toBe('acknowledged');
  });

  test('shows dispatch_failed to the person when no connection is open', async () => {
    const { incident } = slack.channels;
    const result = await slack.command({
      user: slack.people.requester.id,
      channel: incident.id,
      text: 'help',
    });
    expect(result.outcome).toBe('dispatch_failed');
    expect(slack.ephemerals(incident.id, slack.people.requester.id)[0]?.text).toBe(
      '/k8s failed with the error "dispatch_failed"',
    );
  });

  test('gives up on a command that is not acknowledged within three seconds', async () => {
    const arrived = Promise.withResolvers<void>();
    app.command('/k8s', () => Promise.resolve(arrived.resolve()));
    await app.start();
    const { incident } = slack.channels;
    const pending = slack.command({ user: slack.people.requester.id, channel: incident.id, text: 'help' });
    await arrived.promise;
    clock.advance(3_000);
    expect((await pending).outcome).toBe('operation_timeout');
    expect(slack.ephemerals(incident.id, slack.people.requester.id)[0]?.text).toBe(
      '/k8s failed with the error "operation_timeout"',
    );
  });

  test('tells the real client to reconnect, and it comes back', async () => {
    app.command('/k8s', ({ ack }) => ack());
    await app.start();
    const opened = () => slack.calls.filter((call) => call.method === 'apps.connections.open').length;
    for (const disturb of [
      () => slack.faults.requestReconnect('refresh_requested'),
      () => slack.faults.dropConnection(),
    ]) {
      const before = opened();
      disturb();
      await slack.disconnected();
      await slack.connected();
      expect(opened()).toBe(before + 1);
    }
    const act = { user: slack.people.requester.id, channel: slack.channels.incident.id, text: 'help' };
    expect((await slack.command(act)).outcome).toBe('acknowledged');
  });
});
