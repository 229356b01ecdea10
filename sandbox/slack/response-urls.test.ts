import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createManualClock, type ManualClock } from './manual-clock.ts';
import type { StandInSlack } from './stand-in-slack.ts';
import { startSlack } from './start-slack.ts';

let slack: StandInSlack;
let clock: ManualClock;
let url: string;

beforeEach(async () => {
  clock = createManualClock(Date.now());
  slack = await startSlack({ clock });
  const act = { user: slack.people.requester.id, channel: slack.channels.incident.id, text: 'help' };
  // Nobody is connected: the command fails, and its response_url works all the same.
  url = (await slack.command(act)).responseUrl;
});

afterEach(() => slack.close());

async function respond(body: unknown): Promise<[number, string]> {
  const response = await fetch(url, { method: 'POST', body: JSON.stringify(body) });
  return [response.status, await response.text()];
}

describe('a response_url', () => {
  test('works five times', async () => {
    for (let use = 0; use < 5; use += 1) expect(await respond({ text: `use ${use}` })).toEqual([200, 'ok']);
    expect(await respond({ text: 'once more' })).toEqual([404, '{"ok":false,"error":"used_url"}']);
    expect(slack.calls.filter((call) => call.method === 'response_url')).toHaveLength(6);
  });

  test('works for thirty minutes', async () => {
    clock.advance(30 * 60_000 - 1);
    expect(await respond({ text: 'in time' })).toEqual([200, 'ok']);
    clock.advance(1);
    expect(await respond({ text: 'late' })).toEqual([404, '{"ok":false,"error":"expired_url"}']);
  });

  test('refuses blocks that Slack refuses, and an empty message', async () => {
    const [status, body] = await respond({ text: 'x', blocks: [{ type: 'nonsense' }] });
    expect([status, JSON.parse(body).error]).toEqual([400, 'invalid_blocks']);
    expect(await respond({})).toEqual([400, '{"ok":false,"error":"no_text"}']);
  });

  test('replaces an ephemeral message, but not by nothing', async () => {
    const button = { type: 'button', action_id: 'go', text: { type: 'plain_text', text: 'Go' } };
    const blocks = [{ type: 'actions', elements: [button] }];
    await respond({ text: 'which?', blocks });
    const { requester: reader } = slack.people;
    const channel = slack.channels.incident.id;
    const asked = slack.ephemerals(channel, reader.id).at(-1);
    const click = { user: reader.id, channel, messageTs: asked?.ts ?? '', actionId: 'go' };
    url = (await slack.click(click)).responseUrl;
    expect(await respond({ replace_original: true })).toEqual([400, '{"ok":false,"error":"no_text"}']);
    expect(await respond({ replace_original: true, text: 'gone' })).toEqual([200, 'ok']);
    expect(slack.ephemerals(channel, reader.id).at(-1)).toMatchObject({ ts: asked?.ts, text: 'gone' });
  });

  test('fails, or loses its answer, on demand', async () => {
    slack.faults.fail500('response_url', 1);
    expect(await respond({ text: 'not shown' })).toEqual([500, '']);
    slack.faults.postLostAnswer('response_url');
    await expect(respond({ text: 'shown' })).rejects.toThrow();
    const shown = slack.ephemerals(slack.channels.incident.id, slack.people.requester.id);
    expect(shown.map((entry) => entry.text).slice(1)).toEqual(['shown']);
  });
});
