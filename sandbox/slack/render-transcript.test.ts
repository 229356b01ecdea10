import { WebClient } from '@slack/web-api';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createManualClock, type ManualClock } from './manual-clock.ts';
import type { StandInSlack } from './stand-in-slack.ts';
import { startSlack } from './start-slack.ts';

let slack: StandInSlack;
let clock: ManualClock;
let client: WebClient;

beforeEach(async () => {
  clock = createManualClock(Date.UTC(2026, 10, 20, 10, 2, 3));
  slack = await startSlack({ clock });
  client = new WebClient(slack.botToken, { slackApiUrl: slack.apiUrl, retryConfig: { retries: 0 } });
});

afterEach(() => slack.close());

const plain = (text: string) => ({ type: 'plain_text' as const, text });
const mrkdwn = (text: string) => ({ type: 'mrkdwn' as const, text });

/** One incident in small: a command, a card with buttons, its edit, a thread and two ephemeral messages. */
async function playIncident(): Promise<void> {
  const channel = slack.channels.incident.id;
  const { requester, approver } = slack.people;
  await slack.say({ user: approver.id, channel, text: 'look at *pod/x*' });
  await slack.command({ user: requester.id, channel, text: 'acquire pod/x' });
  clock.advance(1_000);
  const card = await client.chat.postMessage({ channel, text: 'draft' });
  clock.advance(1_000);
  await client.chat.postMessage({
    channel,
    text: 'a &lt;detail&gt; in <https://example.test/a|the log>',
    thread_ts: card.ts ?? '',
  });
  clock.advance(1_000);
  await client.chat.update({
    channel,
    ts: card.ts ?? '',
    text: 'Acquire pod/x',
    blocks: [
      { type: 'header', text: plain('Acquire pod/x') },
      {
        type: 'section',
        text: mrkdwn(`<@${requester.id}> *asks* <!subteam^${slack.groups.approvers.id}> in <#${channel}>`),
        fields: [mrkdwn('*Cluster*\nprod'), mrkdwn('*Node*\nnode-1')],
      },
      {
        type: 'actions',
        elements: [
          { type: 'button', action_id: 'approve', value: 'FB-1', text: plain('Approve') },
          { type: 'button', action_id: 'deny', value: 'FB-1', text: plain('Deny it') },
        ],
      },
      { type: 'context', elements: [mrkdwn(':lock: expires in 30 min :custom:'), mrkdwn('FB-1')] },
    ],
  });
  const again = [
    {
      type: 'actions' as const,
      elements: [{ type: 'button' as const, action_id: 'again', text: plain('Again') }],
    },
  ];
  await client.chat.postEphemeral({ channel, user: approver.id, text: 'expired', blocks: again });
}

describe('a transcript', () => {
  test('shows a channel as a terminal can show it', async () => {
    await playIncident();
    expect(slack.renderTranscript(slack.channels.incident.id)).toBe(
      `#incident

10:02:03  avery
  look at pod/x

10:02:03  rin  ▸ /k8s acquire pod/x

10:02:03  Slackbot  (only visible to @rin)
  /k8s failed with the error "dispatch_failed"

10:02:04  firebreak  (edited 10:02:06)
  Acquire pod/x
  ─────────────
  @rin asks @ir-approvers in #incident
  Cluster  prod
  Node     node-1
  [1 Approve] [2 Deny it]
  ┊ 🔒 expires in 30 min :custom:  ·  FB-1
    │ 10:02:05  firebreak
    │   a <detail> in the log (https://example.test/a)

10:02:06  firebreak  (only visible to @avery)
  [3 Again]
`,
    );
  });

  test('leaves out what the viewer does not see, and numbers the buttons that are left', async () => {
    await playIncident();
    const channel = slack.channels.incident.id;
    const viewer = slack.people.requester.id;
    const text = slack.renderTranscript(channel, { viewer });
    expect(text).toContain('dispatch_failed');
    expect(text).not.toContain('Again');
    expect(slack.buttons(channel, { viewer })).toMatchObject([
      { number: 1, actionId: 'approve', value: 'FB-1', label: 'Approve', onlyFor: undefined },
      { number: 2, actionId: 'deny' },
    ]);
    expect(slack.buttons(channel)[2]).toMatchObject({
      number: 3,
      actionId: 'again',
      onlyFor: slack.people.approver.id,
    });
    expect(slack.renderTranscript(slack.channels.general.id)).toBe('');
  });

  test('breaks lines at the width of the terminal, but not inside a button', async () => {
    await playIncident();
    const text = slack.renderTranscript(slack.channels.incident.id, { width: 24 });
    expect(text).toContain('  [1 Approve]\n  [2 Deny it]\n');
    expect(text).toContain('  @rin asks\n  @ir-approvers in\n  #incident\n');
    expect(text).toContain('10:02:03  rin  ▸ /k8s\nacquire pod/x\n');
    expect(text).toContain('    │   (https://example.test/a)\n');
  });

  test('uses bold and dim on a terminal that has them', async () => {
    await playIncident();
    const text = slack.renderTranscript(slack.channels.incident.id, { style: 'ansi' });
    expect(text).toContain('\u001b[2m10:02:03\u001b[22m  \u001b[1mrin\u001b[22m  ▸ /k8s acquire pod/x');
    expect(text).toContain('@rin \u001b[1masks\u001b[22m @ir-approvers');
    expect(text).toContain('\u001b[7m[1 Approve]\u001b[27m \u001b[7m[2 Deny it]\u001b[27m');
    expect(text).toContain('\u001b[2m┊ 🔒');
  });
});
