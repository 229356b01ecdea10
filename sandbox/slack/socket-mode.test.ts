import { App, LogLevel } from '@slack/bolt';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { StandInSlack } from './stand-in-slack.ts';
import { startSlack } from './start-slack.ts';

let slack: StandInSlack;
let app: App;

beforeEach(async () => {
  slack = await startSlack();
  app = new App({
    token: slack.botToken,
    appToken: slack.appToken,
    socketMode: true,
    logLevel: LogLevel.ERROR,
    clientOptions: { slackApiUrl: slack.apiUrl },
    installerOptions: { clientOptions: { slackApiUrl: slack.apiUrl } },
  });
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
        text: `approved ${action.value} by ${body.user.id}, was ${body.message.text}`,
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
    expect(edited.text).toBe(`approved FB-1 by ${approver}, was a card`);
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
});
