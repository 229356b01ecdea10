import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { StandInSlack } from '../../sandbox/slack/stand-in-slack.ts';
import { startSlack } from '../../sandbox/slack/start-slack.ts';
import { systemClock } from '../../src/runtime/system-clock.ts';
import { connectSlack, createSlackApp, type SlackApp } from '../../src/slack/app.ts';
import { recordingLogger } from './recording-logger.ts';
import { RecordingUseCases } from './recording-use-cases.ts';

describe('the Socket Mode connections', () => {
  let slack: StandInSlack;
  let app: SlackApp;
  let useCases: RecordingUseCases;
  let logger: ReturnType<typeof recordingLogger>;

  const newApp = (appToken: string): SlackApp => {
    const connection = { botToken: slack.botToken, apiUrl: slack.apiUrl, logger };
    const { client } = connectSlack(connection);
    const clock = systemClock;
    return createSlackApp({
      ...connection,
      signingSecret: 'unused',
      appToken,
      port: 0,
      client,
      useCases,
      clock,
    });
  };
  const answered = async (text: string): Promise<string> => {
    const act = await slack.command({
      user: slack.people.requester.id,
      channel: slack.channels.incident.id,
      text,
    });
    if (act.outcome === 'acknowledged') await act.responses();
    return act.outcome;
  };
  const opened = () => slack.calls.filter((call) => call.method === 'apps.connections.open').length;

  beforeEach(async () => {
    slack = await startSlack({ mode: 'socket' });
    useCases = new RecordingUseCases();
    logger = recordingLogger();
    app = newApp(slack.appToken);
  });
  afterEach(async () => {
    await app.stop();
    await slack.close();
  });

  it('are two, so that one is open while Slack recycles the other', async () => {
    await app.start();
    await slack.connected(2);
    expect(opened()).toBe(2);
  });

  it('open again at once when Slack recycles both', async () => {
    await app.start();
    await slack.connected(2);
    slack.faults.requestReconnect('refresh_requested');
    await expect.poll(opened, { timeout: 4_000 }).toBe(4);
    await slack.connected(2);
    expect(await answered('help')).toBe('acknowledged');
  });

  it('open again after they were cut, through failures of Slack', async () => {
    await app.start();
    await slack.connected(2);
    slack.faults.fail500('apps.connections.open', 3);
    slack.faults.dropConnection();
    await expect.poll(opened, { timeout: 10_000 }).toBe(7);
    await slack.connected(2);
    expect(await answered('help')).toBe('acknowledged');
  });

  it('are tried until Slack answers when the app starts during an outage', async () => {
    slack.faults.fail500('apps.connections.open', 3);
    await app.start();
    await slack.connected(2);
    expect(await answered('help')).toBe('acknowledged');
  });

  it('end the start with a sentence when Slack refuses the app token', async () => {
    const refused = newApp('xapp-not-this-one');
    await expect(refused.start()).rejects.toMatchObject({ code: 'slack-unavailable' });
    await refused.stop();
  });

  it('are given up when the app stops while they are being opened', async () => {
    slack.faults.hang('apps.connections.open');
    const starting = app.start().catch((cause: unknown) => cause);
    await expect.poll(opened).toBe(2);
    const stopping = app.stop();
    slack.faults.clear();
    await stopping;
    await starting;
    await slack.disconnected();
    expect(app.receiving()).toBe(false);
  });

  it('are closed when the app stops', async () => {
    await app.start();
    await slack.connected(2);
    await app.stop();
    await slack.disconnected();
    expect(await answered('help')).toBe('dispatch_failed');
  });
});
