import type { WebClient } from '@slack/web-api';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createManualClock, type ManualClock } from './manual-clock.ts';
import type { StandInSlack } from './stand-in-slack.ts';
import { startSlack } from './start-slack.ts';
import { quietWebClient, refusal } from './testing/quiet-web-client.ts';

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

describe('tokens, scopes and channels', () => {
  test('names the bot behind its token', async () => {
    expect(await client.auth.test()).toMatchObject({
      ok: true,
      user_id: slack.botUserId,
      team_id: slack.teamId,
      user: 'firebreak',
    });
  });

  test('refuses a missing, a wrong and a misused token', async () => {
    const channel = slack.channels.incident.id;
    expect(await refusal(quietWebClient(slack, '').auth.test())).toMatchObject({ error: 'not_authed' });
    expect(await refusal(quietWebClient(slack, 'xoxb-wrong').auth.test())).toMatchObject({
      error: 'invalid_auth',
    });
    const misused = quietWebClient(slack, slack.appToken).chat.postMessage({ channel, text });
    expect(await refusal(misused)).toMatchObject({ error: 'not_allowed_token_type' });
  });

  test('says which scope is missing and which there are', async () => {
    slack.setScopes(['commands']);
    expect(await refusal(client.users.info({ user: slack.people.requester.id }))).toMatchObject({
      error: 'missing_scope',
      needed: 'users:read',
      provided: 'commands',
    });
  });

  test('knows channels by what the bot may do there', async () => {
    const post = (channel: string) => client.chat.postMessage({ channel, text });
    expect(await refusal(post('C0UNKNOWN01'))).toMatchObject({ error: 'channel_not_found' });
    expect(await refusal(post(slack.channels.withoutBot.id))).toMatchObject({ error: 'not_in_channel' });
    expect(await refusal(post(slack.channels.archived.id))).toMatchObject({ error: 'is_archived' });
    slack.setScopes(['chat:write', 'chat:write.public']);
    expect(await post(slack.channels.withoutBot.id)).toMatchObject({ ok: true });
    slack.setChannel(slack.channels.private.id, { members: [] });
    expect(await refusal(post(slack.channels.private.id))).toMatchObject({ error: 'channel_not_found' });
  });

  test('tells shared channels, guests, bots, strangers and people who left', async () => {
    const { channels, people } = slack;
    const flags = async (channel: string) => (await client.conversations.info({ channel })).channel;
    expect(await flags(channels.incident.id)).toMatchObject({ is_ext_shared: false, is_shared: false });
    expect(await flags(channels.shared.id)).toMatchObject({ is_ext_shared: true, is_shared: true });
    expect(await flags(channels.orgShared.id)).toMatchObject({ is_org_shared: true, is_ext_shared: false });
    const who = async (user: string) => (await client.users.info({ user })).user;
    expect(await who(people.requester.id)).toMatchObject({
      is_restricted: false,
      is_bot: false,
      deleted: false,
    });
    expect(await who(people.guest.id)).toMatchObject({ is_restricted: true, is_ultra_restricted: false });
    expect(await who(people.singleChannelGuest.id)).toMatchObject({ is_ultra_restricted: true });
    expect(await who(people.otherBot.id)).toMatchObject({ is_bot: true });
    expect(await who(people.deactivated.id)).toMatchObject({ deleted: true });
    expect((await who(people.foreign.id))?.team_id).not.toBe(slack.teamId);
    expect(await refusal(client.users.info({ user: 'U0NOBODY' }))).toMatchObject({ error: 'user_not_found' });
  });

  test('lists the members of a channel', async () => {
    const { id } = slack.channels.private;
    slack.setChannel(id, { members: [slack.people.requester.id, slack.botUserId] });
    expect((await client.conversations.members({ channel: id })).members).toEqual([
      slack.people.requester.id,
      slack.botUserId,
    ]);
  });

  test('reads user groups as they are now', async () => {
    const read = (usergroup: string) => client.usergroups.users.list({ usergroup });
    const { approvers, disabled } = slack.groups;
    expect((await read(approvers.id)).users).toEqual([
      slack.people.approver.id,
      slack.people.secondApprover.id,
    ]);
    slack.setUserGroup(approvers.id, []);
    expect((await read(approvers.id)).users).toEqual([]);
    expect(await refusal(read('S0UNKNOWN'))).toMatchObject({ error: 'no_such_subteam' });
    expect(await refusal(read(disabled.id))).toMatchObject({ error: 'subteam_disabled' });
    const listed = (await client.usergroups.list()).usergroups?.map((group) => group.handle);
    expect(listed).toContain('ir-approvers');
    expect(listed).not.toContain('ir-retired');
  });
});

describe('messages', () => {
  test('drops metadata whose event type has a dot, and refuses metadata without a payload', async () => {
    const channel = slack.channels.incident.id;
    const post = (event_type: string) =>
      client.chat.postMessage({ channel, text, metadata: { event_type, event_payload: {} } });
    await post('with.dot');
    await post('run_card');
    expect(slack.messages(channel).map((message) => message.metadata?.['event_type'])).toEqual([
      undefined,
      'run_card',
    ]);
    const bad = client.apiCall('chat.postMessage', { channel, text, metadata: { event_type: 'x' } });
    expect(await refusal(bad)).toMatchObject({ error: 'invalid_metadata_schema' });
  });

  test('keeps posts, edits, threads and metadata, and gives increasing ts values', async () => {
    const channel = slack.channels.incident.id;
    const metadata = { event_type: 'run', event_payload: { id: 'FB-1' } };
    const first = await client.chat.postMessage({ channel, text: 'first', metadata });
    const second = await client.chat.postMessage({ channel, text: 'second' });
    const ts = first.ts ?? '';
    await client.chat.postMessage({ channel, text: 'reply', thread_ts: ts });
    await client.chat.update({ channel, ts, text: 'first, edited' });
    expect(Number(second.ts)).toBeGreaterThan(Number(ts));

    const seen = slack.messages(channel);
    expect(seen.map((message) => message.text)).toEqual(['first, edited', 'second', 'reply']);
    expect(seen[0]?.versions.map((version) => version.text)).toEqual(['first', 'first, edited']);
    expect(seen[2]?.threadTs).toBe(ts);

    const history = await client.conversations.history({ channel, include_all_metadata: true });
    expect(history.messages?.map((message) => message.text)).toEqual(['second', 'first, edited']);
    expect(history.messages?.[1]).toMatchObject({ metadata });
    const plain = await client.conversations.history({ channel, oldest: ts, limit: 1, inclusive: true });
    expect(plain.messages?.map((message) => message.text)).toEqual(['second']);
    expect(plain.has_more).toBe(true);
    const after = await client.conversations.history({ channel, oldest: ts });
    expect(after.messages?.map((message) => message.text)).toEqual(['second']);
    const bare = await client.conversations.history({ channel });
    expect(bare.messages?.[1]).not.toHaveProperty('metadata');
    const replies = await client.conversations.replies({ channel, ts });
    expect(replies.messages?.map((message) => message.text)).toEqual(['first, edited', 'reply']);
    const link = await client.chat.getPermalink({ channel, message_ts: ts });
    expect(link.permalink).toBe(
      `https://firebreak-sandbox.slack.com/archives/${channel}/p${ts.replace('.', '')}`,
    );

    await client.chat.delete({ channel, ts: second.ts ?? '' });
    expect(slack.messages(channel).map((message) => message.text)).toEqual(['first, edited', 'reply']);
  });

  test('refuses to edit what is gone and what others wrote', async () => {
    const channel = slack.channels.incident.id;
    const ts = await slack.say({ user: slack.people.outsider.id, channel, text: 'mine' });
    expect(await refusal(client.chat.update({ channel, ts, text }))).toMatchObject({
      error: 'cant_update_message',
    });
    const gone = client.chat.update({ channel, ts: '1.000001', text });
    expect(await refusal(gone)).toMatchObject({ error: 'message_not_found' });
  });

  test('refuses texts that are too long, to post and to edit', async () => {
    const channel = slack.channels.incident.id;
    const long = client.chat.postMessage({ channel, text: 'x'.repeat(40_001) });
    expect(await refusal(long)).toMatchObject({ error: 'msg_too_long' });
    const posted = await client.chat.postMessage({ channel, text: 'x'.repeat(40_000) });
    const edit = client.chat.update({ channel, ts: posted.ts ?? '', text: 'x'.repeat(4_001) });
    expect(await refusal(edit)).toMatchObject({ error: 'msg_too_long' });
  });

  test('shows an ephemeral message to its one reader, who must be in the channel', async () => {
    const { incident } = slack.channels;
    const { requester, outsider, foreign } = slack.people;
    await client.chat.postEphemeral({ channel: incident.id, user: requester.id, text: 'psst' });
    expect(slack.ephemerals(incident.id, requester.id).map((entry) => entry.text)).toEqual(['psst']);
    expect(slack.ephemerals(incident.id, outsider.id)).toEqual([]);
    expect(slack.messages(incident.id)).toEqual([]);
    const elsewhere = client.chat.postEphemeral({ channel: incident.id, user: foreign.id, text });
    expect(await refusal(elsewhere)).toMatchObject({ error: 'user_not_in_channel' });
  });

  test('shows reactions', async () => {
    const channel = slack.channels.incident.id;
    slack.setScopes(['reactions:write', 'chat:write']);
    const timestamp = await slack.say({ user: slack.people.requester.id, channel, text });
    await client.reactions.add({ channel, timestamp, name: 'eyes' });
    const reactions = () => slack.messages(channel)[0]?.reactions;
    expect(reactions()).toEqual([{ name: 'eyes', users: [slack.botUserId] }]);
    await client.reactions.remove({ channel, timestamp, name: 'eyes' });
    expect(reactions()).toEqual([]);
  });

  test('opens a direct message when a person is the channel', async () => {
    const posted = await client.chat.postMessage({ channel: slack.people.approver.id, text: 'please look' });
    await client.chat.update({ channel: posted.channel ?? '', ts: posted.ts ?? '', text: 'thanks' });
    expect(slack.messages(posted.channel ?? '').map((message) => message.text)).toEqual(['thanks']);
  });

  test('reads form bodies and JSON bodies alike', async () => {
    const channel = slack.channels.incident.id;
    const blocks = [{ type: 'section', text: { type: 'mrkdwn', text: 'same' } }];
    const send = (type: string, body: string) =>
      fetch(`${slack.apiUrl}chat.postMessage`, {
        method: 'POST',
        headers: { 'content-type': type, authorization: `Bearer ${slack.botToken}` },
        body,
      });
    await send('application/json; charset=utf-8', JSON.stringify({ channel, blocks }));
    const form = { channel, blocks: JSON.stringify(blocks) };
    await send('application/x-www-form-urlencoded', new URLSearchParams(form).toString());
    const shown = slack.messages(channel).map((message) => message.blocks[0]?.['text']);
    expect(shown).toEqual([blocks[0]?.text, blocks[0]?.text]);
  });
});
