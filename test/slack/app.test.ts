import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { StandInSlack } from '../../sandbox/slack/stand-in-slack.ts';
import { startSlack } from '../../sandbox/slack/start-slack.ts';
import { systemClock } from '../../src/runtime/system-clock.ts';
import { connectSlack, createSlackApp, type SlackApp } from '../../src/slack/app.ts';
import { Deliverer } from '../../src/slack/deliverer.ts';
import { exampleRun } from './example-run.ts';
import { MemoryOutbox } from './memory-outbox.ts';
import { recordingLogger } from './recording-logger.ts';
import { RecordingUseCases } from './recording-use-cases.ts';

describe.each(['socket', 'http'] as const)('the Slack app over %s', (mode) => {
  let slack: StandInSlack;
  let app: SlackApp;
  let useCases: RecordingUseCases;
  let logger: ReturnType<typeof recordingLogger>;
  let channel: string;
  let requester: string;

  beforeEach(async () => {
    slack = await startSlack({ mode });
    channel = slack.channels.incident.id;
    requester = slack.people.requester.id;
    useCases = new RecordingUseCases();
    logger = recordingLogger();
    const connection = { botToken: slack.botToken, apiUrl: slack.apiUrl, logger };
    app = createSlackApp({
      ...connection,
      signingSecret: slack.signingSecret,
      ...(mode === 'socket' ? { appToken: slack.appToken } : {}),
      port: 0,
      host: '127.0.0.1',
      client: connectSlack(connection).client,
      useCases,
      clock: systemClock,
    });
    const started = await app.start();
    if (started.mode === 'http') slack.setRequestUrl(`http://127.0.0.1:${started.port}/slack/events`);
  });

  afterEach(async () => {
    await app.stop();
    await slack.close();
  });

  const card = async (): Promise<string> => {
    const outbox = new MemoryOutbox();
    const { client } = connectSlack({ botToken: slack.botToken, apiUrl: slack.apiUrl, logger });
    const deliverer = new Deliverer({ outbox, client, clock: systemClock, logger });
    const id = outbox.owe(exampleRun(), 'card');
    deliverer.start();
    await outbox.until(() => outbox.state(id) === 'done');
    await deliverer.stop();
    return outbox.ts(id) ?? '';
  };

  it('acknowledges a command before the flow has answered, and then tells only the person', async () => {
    const reply = Promise.withResolvers<{ kind: 'say'; text: string; example: string }>();
    useCases.answer = () => reply.promise;
    const act = await slack.command({ user: requester, channel, text: 'acquire pod/x' });
    expect(act.outcome).toBe('acknowledged');
    expect(slack.ephemerals(channel, requester)).toEqual([]);
    reply.resolve({
      kind: 'say',
      text: 'No such pod: <!channel> *x*',
      example: '/k8s acquire eks prod pod/y',
    });
    const [shown] = await act.responses();
    expect(shown).toMatchObject({ response_type: 'ephemeral' });
    expect(JSON.stringify(shown)).toContain('/k8s acquire eks prod pod/y');
    expect(shown?.['text']).toContain('&lt;!channel&gt;');
    expect(slack.messages(channel)).toEqual([]);
  });

  it('hands the flow the text, the place, the person with their own team, and a key for the delivery', async () => {
    const act = await slack.command({ user: requester, channel, text: 'inspect pod/x -c app' });
    await act.responses();
    expect(useCases.knocks).toEqual([
      {
        door: 'command',
        input: {
          text: 'inspect pod/x -c app',
          channel,
          person: { team: slack.teamId, user: requester },
          delivery: act.triggerId,
        },
      },
    ]);
  });

  it('gives both deliveries of one command the same key', async () => {
    const act = await slack.command({ user: requester, channel, text: 'help', deliveries: 2 });
    await act.responses(2);
    const keys = useCases.knocks.map(({ input }) => ('delivery' in input ? input.delivery : ''));
    expect(keys).toEqual([act.triggerId, act.triggerId]);
  });

  it('says nothing more when the message in the channel is the answer', async () => {
    useCases.answer = () => Promise.resolve({ kind: 'none' });
    await slack.command({ user: requester, channel, text: 'acquire pod/x' });
    useCases.answer = () => Promise.resolve({ kind: 'say', text: 'second' });
    await (await slack.command({ user: requester, channel, text: 'help' })).responses();
    expect(slack.ephemerals(channel, requester)).toHaveLength(1);
  });

  it('answers with an ephemeral message of its own when the response_url fails', async () => {
    slack.faults.fail500('response_url', 1);
    await slack.command({ user: requester, channel, text: 'help' });
    await slack.waitFor(() => slack.ephemerals(channel, requester).length === 1);
    expect(slack.calls.map((call) => call.method)).toContain('chat.postEphemeral');
  });

  it('makes a sentence with an id of whatever the flow throws', async () => {
    useCases.answer = () => Promise.reject(new TypeError('boom'));
    const act = await slack.command({ user: requester, channel, text: 'help' });
    const [shown] = await act.responses();
    const id = logger.lines.find((line) => line.facts['id'] !== undefined)?.facts['id'];
    expect(shown?.['text']).toContain(String(id));
    expect(shown?.['text']).not.toContain('boom');
  });

  it.each([
    ['firebreak.approve', 'approve'],
    ['firebreak.deny', 'deny'],
  ] as const)(
    'turns a press on %s into a decision bound to the digest of that card',
    async (actionId, verdict) => {
      const messageTs = await card();
      const approver = slack.people.approver.id;
      const act = await slack.click({ user: approver, channel, messageTs, actionId });
      expect(act.outcome).toBe('acknowledged');
      await act.responses();
      expect(useCases.knocks).toEqual([
        {
          door: 'decide',
          input: {
            run: 'FB-2026-0007-1',
            verdict,
            planDigest: exampleRun().planDigest,
            channel,
            person: { team: slack.teamId, user: approver },
          },
        },
      ]);
      expect(slack.ephemerals(channel, approver)).toHaveLength(1);
      expect(slack.messages(channel)).toHaveLength(1);
    },
  );

  it('names the team of the person, not of the app, when someone of another workspace presses', async () => {
    const messageTs = await card();
    const foreign = slack.people.foreign;
    const act = await slack.click({
      user: foreign.id,
      channel,
      messageTs,
      actionId: 'firebreak.approve',
      teamId: slack.teamId,
    });
    await act.responses();
    expect(useCases.knocks[0]?.input.person).toEqual({ team: foreign.teamId, user: foreign.id });
  });

  it('runs an offered command and puts the answer in the place of the offer', async () => {
    useCases.answer = () =>
      Promise.resolve({
        kind: 'choose',
        text: 'Two pods have that name.',
        options: [
          { label: 'shop', command: '/k8s inspect pod/x -n shop' },
          { label: 'test', command: '/k8s inspect pod/x -n test' },
        ],
      });
    await (await slack.command({ user: requester, channel, text: 'inspect pod/x' })).responses();
    const [offer] = slack.ephemerals(channel, requester);
    useCases.answer = () => Promise.resolve({ kind: 'none' });
    const messageTs = offer?.ts ?? '';
    const act = await slack.click({ user: requester, channel, messageTs, actionId: 'firebreak.choose.1' });
    const [shown] = await act.responses();
    expect(useCases.knocks[1]).toMatchObject({ door: 'command', input: { text: 'inspect pod/x -n test' } });
    expect(shown).toMatchObject({ replace_original: true });
    expect(JSON.stringify(slack.ephemerals(channel, requester).at(-1)?.blocks)).not.toContain('button');
  });

  it('says what to do when a button is not of this version, and logs it', async () => {
    const { client } = connectSlack({ botToken: slack.botToken, apiUrl: slack.apiUrl, logger });
    const value = JSON.stringify({ run: 'FB-1', plan: 'short' });
    const button = {
      type: 'button' as const,
      action_id: 'firebreak.approve',
      text: { type: 'plain_text' as const, text: 'Approve' },
      value,
    };
    const posted = await client.chat.postMessage({
      channel,
      text: 'old',
      blocks: [{ type: 'actions', elements: [button, { ...button, action_id: 'launch' }] }],
    });
    for (const actionId of ['firebreak.approve', 'launch']) {
      const act = await slack.click({ user: requester, channel, messageTs: posted.ts ?? '', actionId });
      const [shown] = await act.responses();
      expect(shown?.['text']).toContain('nothing was done');
    }
    expect(useCases.knocks).toEqual([]);
    expect(logger.lines.filter((line) => line.level === 'warn')).toHaveLength(2);
  });

  it('can say whether commands arrive', async () => {
    expect(app.receiving()).toBe(true);
    await app.stop();
    expect(app.receiving()).toBe(false);
  });
});

describe('the Slack app over HTTP', () => {
  it.each(['invalid', 'stale'] as const)('refuses a request whose signature is %s', async (signature) => {
    await using slack = await startSlack({ mode: 'http' });
    const useCases = new RecordingUseCases();
    const connection = { botToken: slack.botToken, apiUrl: slack.apiUrl, logger: recordingLogger() };
    const { client } = connectSlack(connection);
    const app = createSlackApp({
      ...connection,
      signingSecret: slack.signingSecret,
      port: 0,
      host: '127.0.0.1',
      client,
      useCases,
      clock: systemClock,
    });
    const started = await app.start();
    if (started.mode === 'http') slack.setRequestUrl(`http://127.0.0.1:${started.port}/slack/events`);
    const act = await slack.command({
      user: slack.people.requester.id,
      channel: slack.channels.incident.id,
      text: 'help',
      signature,
    });
    await app.stop();
    expect(act.outcome).toBe('dispatch_failed');
    expect(useCases.knocks).toEqual([]);
  });
});
