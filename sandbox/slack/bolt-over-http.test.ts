import { createServer, type Server } from 'node:http';
import { App, LogLevel } from '@slack/bolt';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createManualClock, type ManualClock } from './manual-clock.ts';
import type { StandInSlack } from './stand-in-slack.ts';
import { startSlack } from './start-slack.ts';
import { silent } from './testing/quiet-web-client.ts';

let slack: StandInSlack;
let clock: ManualClock;
let app: App;

async function urlOf(server: Server): Promise<string> {
  if (!server.listening) await new Promise((resolve) => server.once('listening', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no TCP address');
  return `http://127.0.0.1:${address.port}/slack/events`;
}

beforeEach(async () => {
  clock = createManualClock(Date.now());
  slack = await startSlack({ mode: 'http', clock });
  app = new App({
    token: slack.botToken,
    signingSecret: slack.signingSecret,
    logLevel: LogLevel.ERROR,
    logger: silent,
    clientOptions: { slackApiUrl: slack.apiUrl },
  });
  const server = await app.start({ port: 0, host: '127.0.0.1' });
  if (!('address' in server)) throw new Error('Bolt did not start a server');
  slack.setRequestUrl(await urlOf(server));
});

afterEach(async () => {
  await app.stop();
  await slack.close();
});

function help() {
  return { user: slack.people.requester.id, channel: slack.channels.incident.id, text: 'help "a b" & <c>' };
}

describe('the stand-in Slack with Bolt over HTTP', () => {
  test('carries a signed command to the app and its acknowledgement back', async () => {
    app.command('/k8s', ({ ack, command }) =>
      ack({ response_type: 'in_channel', text: `${command.user_name}: ${command.text}` }),
    );
    const result = await slack.command(help());
    expect(result.outcome).toBe('acknowledged');
    expect(slack.messages(slack.channels.incident.id).map((message) => message.text)).toEqual([
      'rin: help "a b" & <c>',
    ]);
  });

  test.each(['invalid', 'stale'] as const)(
    'sends a %s signature on demand, which Bolt refuses',
    async (signature) => {
      const seen: string[] = [];
      app.command('/k8s', async ({ ack, command }) => {
        seen.push(command.text);
        await ack();
      });
      const result = await slack.command({ ...help(), signature });
      expect(result.deliveries).toEqual([{ outcome: 'dispatch_failed', reason: 'HTTP 401' }]);
      expect(seen).toEqual([]);
    },
  );

  test('delivers the same command twice with one trigger_id', async () => {
    const seen: string[] = [];
    app.command('/k8s', async ({ ack, command }) => {
      seen.push(command.trigger_id);
      await ack();
    });
    const result = await slack.command({ ...help(), deliveries: 2 });
    expect(result.deliveries).toHaveLength(2);
    expect(seen).toEqual([result.triggerId, result.triggerId]);
  });

  test('presses a button in an ephemeral message, which the app replaces and then deletes', async () => {
    const channel = slack.channels.incident.id;
    const { requester, approver } = slack.people;
    app.action('pick', async ({ ack, body, respond }) => {
      await ack();
      expect(body).not.toHaveProperty('message');
      expect(body).toHaveProperty('container.is_ephemeral', true);
      await respond({ replace_original: true, text: 'picked' });
      await respond({ delete_original: true });
    });
    const button = {
      type: 'button' as const,
      action_id: 'pick',
      text: { type: 'plain_text' as const, text: 'Pick' },
    };
    const blocks = [{ type: 'actions' as const, elements: [button] }];
    const posted = await app.client.chat.postEphemeral({
      channel,
      user: requester.id,
      text: 'which?',
      blocks,
    });
    const click = { channel, messageTs: posted.message_ts ?? '', actionId: 'pick' };
    await expect(slack.click({ ...click, user: approver.id })).rejects.toThrow('does not see');
    const result = await slack.click({ ...click, user: requester.id });
    expect(await result.responses(2)).toEqual([
      { replace_original: true, text: 'picked' },
      { delete_original: true },
    ]);
    await slack.waitFor(() => slack.ephemerals(channel, requester.id).length === 0);
  });

  test('opens a modal by its trigger once and within three seconds', async () => {
    const view = {
      type: 'modal',
      callback_id: 'form',
      title: { type: 'plain_text', text: 'Acquire' },
      blocks: [],
    };
    app.command('/k8s', ({ ack }) => ack());
    app.view('form', ({ ack }) => ack());
    const open = async (triggerId: string): Promise<unknown> =>
      app.client
        .apiCall('views.open', { trigger_id: triggerId, view })
        .then(() => 'opened')
        .catch((error: unknown) => error);
    const { triggerId } = await slack.command(help());
    expect(await open(triggerId)).toBe('opened');
    expect(await open(triggerId)).toMatchObject({ data: { error: 'exchanged_trigger_id' } });
    const late = await slack.command(help());
    clock.advance(3_000);
    expect(await open(late.triggerId)).toMatchObject({ data: { error: 'expired_trigger_id' } });

    const [shown] = await slack.waitFor(({ views }) => views.length > 0 && views);
    const submit = { user: help().user, channel: help().channel, viewId: shown?.id ?? '', values: {} };
    expect((await slack.submitView(submit)).outcome).toBe('acknowledged');
    await slack.waitFor(({ views }) => views.length === 0);
  });

  test('refuses a modal whose title is too long, without using up the trigger', async () => {
    app.command('/k8s', ({ ack }) => ack());
    const { triggerId } = await slack.command(help());
    const open = (title: string) =>
      app.client.views.open({
        trigger_id: triggerId,
        view: { type: 'modal', title: { type: 'plain_text', text: title }, blocks: [] },
      });
    await expect(open('x'.repeat(25))).rejects.toMatchObject({
      data: {
        error: 'invalid_arguments',
        response_metadata: {
          messages: ['[ERROR] must be less than 25 characters [json-pointer:/view/title/text]'],
        },
      },
    });
    expect(await open('x'.repeat(24))).toMatchObject({ ok: true });
  });

  test('chooses an option of a select', async () => {
    const chosen: unknown[] = [];
    app.action('which', async ({ ack, action }) => {
      chosen.push('selected_option' in action && action.selected_option?.value);
      await ack();
    });
    const { user, channel } = help();
    const option = (value: string) => ({ text: { type: 'plain_text' as const, text: value }, value });
    const select = {
      type: 'static_select' as const,
      action_id: 'which',
      options: [option('a'), option('b')],
    };
    const section = {
      type: 'section' as const,
      text: { type: 'mrkdwn' as const, text: 'which?' },
      accessory: select,
    };
    const posted = await app.client.chat.postMessage({ channel, text: 'which?', blocks: [section] });
    const click = { user, channel, messageTs: posted.ts ?? '', actionId: 'which' };
    await slack.click({ ...click, value: 'b' });
    expect(chosen).toEqual(['b']);
    await expect(slack.click({ ...click, value: 'c' })).rejects.toThrow('no option c');
    await expect(slack.click({ ...click, actionId: 'other' })).rejects.toThrow('never had an element other');
  });

  test('gives up after three seconds without an answer', async () => {
    const arrived = Promise.withResolvers<void>();
    const silentApp = createServer(() => arrived.resolve());
    silentApp.listen(0, '127.0.0.1');
    slack.setRequestUrl(await urlOf(silentApp));
    const pending = slack.command(help());
    await arrived.promise;
    clock.advance(2_999);
    clock.advance(1);
    expect((await pending).outcome).toBe('operation_timeout');
    expect(slack.ephemerals(help().channel, help().user).map((entry) => entry.text)).toEqual([
      '/k8s failed with the error "operation_timeout"',
    ]);
    silentApp.closeAllConnections();
    silentApp.close();
  });
});
