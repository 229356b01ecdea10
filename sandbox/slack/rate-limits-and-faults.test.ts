import { WebClient } from '@slack/web-api';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createManualClock, type ManualClock } from './manual-clock.ts';
import type { StandInSlack } from './stand-in-slack.ts';
import { startSlack } from './start-slack.ts';
import { quietWebClient, refusal, silent } from './testing/quiet-web-client.ts';

let slack: StandInSlack;
let clock: ManualClock;
let client: WebClient;

beforeEach(async () => {
  clock = createManualClock(Date.now());
  slack = await startSlack({ clock });
  client = quietWebClient(slack);
});

afterEach(() => slack.close());

const text = 'hello';

describe('rate limits and faults', () => {
  test('limits posts to one a second per channel after a burst', async () => {
    const channel = slack.channels.incident.id;
    const post = (where: string) => client.chat.postMessage({ channel: where, text });
    for (let sent = 0; sent < 20; sent += 1) await post(channel);
    await expect(post(channel)).rejects.toMatchObject({ retryAfter: 1 });
    expect(await post(slack.channels.general.id)).toMatchObject({ ok: true });
    clock.advance(1_000);
    expect(await post(channel)).toMatchObject({ ok: true });
    expect(slack.calls.filter((call) => call.status === 429)).toHaveLength(1);
  });

  test('limits a method to its tier in any sliding minute', async () => {
    const read = () => client.usergroups.users.list({ usergroup: slack.groups.leads.id });
    for (let call = 0; call < 10; call += 1) await read();
    clock.advance(30_000);
    for (let call = 0; call < 10; call += 1) await read();
    await expect(read()).rejects.toMatchObject({ retryAfter: 30 });
    clock.advance(30_000);
    expect(await read()).toMatchObject({ ok: true });
  });

  test('plays 429, 500 and a refusal as often as told', async () => {
    const channel = slack.channels.incident.id;
    const post = () => client.chat.postMessage({ channel, text });
    slack.faults.rateLimit('chat.postMessage', { retryAfterSeconds: 7, times: 1 });
    await expect(post()).rejects.toMatchObject({ retryAfter: 7 });
    slack.faults.fail500('chat.postMessage', 1);
    await expect(post()).rejects.toMatchObject({ statusCode: 500 });
    slack.faults.refuse('chat.postMessage', 'account_inactive', 1);
    expect(await refusal(post())).toMatchObject({ error: 'account_inactive' });
    expect(slack.messages(channel)).toEqual([]);
    expect(await post()).toMatchObject({ ok: true });
    expect(slack.calls.map((call) => [call.status, call.outcome])).toEqual([
      [429, 'ratelimited'],
      [500, 'fault: server error'],
      [200, 'account_inactive'],
      [200, 'ok'],
    ]);
  });

  test('posts a message and cuts the answer', async () => {
    const channel = slack.channels.incident.id;
    slack.faults.postLostAnswer('chat.postMessage');
    await expect(client.chat.postMessage({ channel, text })).rejects.toThrow();
    expect(slack.messages(channel).map((message) => message.text)).toEqual([text]);
  });

  test('lets calls hang until the fault is cleared', async () => {
    const channel = slack.channels.incident.id;
    slack.faults.hang('chat.postMessage');
    const pending = client.chat.postMessage({ channel, text });
    expect(await client.auth.test()).toMatchObject({ ok: true });
    expect(slack.messages(channel)).toEqual([]);
    slack.faults.clear();
    expect(await pending).toMatchObject({ ok: true });
  });

  test('lets a wait look again when a call was answered', async () => {
    const answered = slack.waitFor(() => slack.calls.find((call) => call.outcome === 'ok'));
    await client.auth.test();
    expect(await answered).toMatchObject({ method: 'auth.test', status: 200 });
  });

  test('does not do what a caller asked who hung up', async () => {
    const channel = slack.channels.incident.id;
    slack.faults.hang('chat.postMessage');
    const impatient = new WebClient(slack.botToken, {
      slackApiUrl: slack.apiUrl,
      retryConfig: { retries: 0 },
      timeout: 50,
      logger: silent,
    });
    await expect(impatient.chat.postMessage({ channel, text })).rejects.toThrow();
    await slack.waitFor(() => slack.calls.at(-1)?.outcome === 'fault: caller hung up');
    slack.faults.clear();
    expect(await client.chat.postMessage({ channel, text: 'second' })).toMatchObject({ ok: true });
    expect(slack.messages(channel).map((message) => message.text)).toEqual(['second']);
  });

  test('logs what was asked without the token', async () => {
    await client.chat.postMessage({ channel: slack.channels.incident.id, text, unfurl_links: false });
    expect(slack.calls).toMatchObject([
      {
        method: 'chat.postMessage',
        args: { text, unfurl_links: 'false' },
        at: clock.now(),
        status: 200,
        outcome: 'ok',
      },
    ]);
    expect(JSON.stringify(slack.calls)).not.toContain(slack.botToken);
  });

  test('says what could be seen when a wait ends without success', async () => {
    await client.chat.postMessage({ channel: slack.channels.incident.id, text: 'something else' });
    await expect(slack.waitFor(() => false, { timeoutMs: 1 })).rejects.toThrow('something else');
    await expect(slack.waitFor(() => false, { signal: AbortSignal.abort() })).rejects.toThrow('aborted');
  });
});
