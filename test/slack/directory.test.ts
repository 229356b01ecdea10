import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { StandInSlack } from '../../sandbox/slack/stand-in-slack.ts';
import { startSlack } from '../../sandbox/slack/start-slack.ts';
import { SEED_PEOPLE } from '../../sandbox/slack/workspace-seed.ts';
import { FirebreakError } from '../../src/core/firebreak-error.ts';
import type { Directory } from '../../src/flow/directory.ts';
import { connectSlack } from '../../src/slack/app.ts';
import { recordingLogger } from './recording-logger.ts';

describe('the directory', () => {
  let slack: StandInSlack;
  let directory: Directory;

  beforeEach(async () => {
    slack = await startSlack({ mode: 'http' });
    const connection = { botToken: slack.botToken, apiUrl: slack.apiUrl, logger: recordingLogger() };
    directory = connectSlack(connection).directory;
  });
  afterEach(() => slack.close());

  it.each([
    [SEED_PEOPLE.requester, 'member'],
    [SEED_PEOPLE.guest, 'guest'],
    [SEED_PEOPLE.singleChannelGuest, 'guest'],
    [SEED_PEOPLE.otherBot, 'bot'],
    [SEED_PEOPLE.foreign, 'foreign'],
    [SEED_PEOPLE.deactivated, 'deactivated'],
  ] as const)('says of $name what Slack says', async (person, standing) => {
    expect(await directory.standing({ team: person.teamId, user: person.id })).toBe(standing);
  });

  it('does not know a person whom Slack does not know', async () => {
    expect(await directory.standing({ team: slack.teamId, user: 'U0NOBODY' })).toBe('unknown');
  });

  it('calls a member foreign when the payload came from another workspace', async () => {
    expect(await directory.standing({ team: 'T0ELSEWHERE', user: SEED_PEOPLE.requester.id })).toBe('foreign');
  });

  it('calls a person of another workspace foreign even when the payload names ours', async () => {
    expect(await directory.standing({ team: slack.teamId, user: SEED_PEOPLE.foreign.id })).toBe('foreign');
  });

  it('sees at once that a person was made a guest', async () => {
    const person = { team: slack.teamId, user: SEED_PEOPLE.requester.id };
    expect(await directory.standing(person)).toBe('member');
    slack.setPerson(person.user, { account: 'multi-channel guest' });
    expect(await directory.standing(person)).toBe('guest');
  });

  it('reads the members of a group fresh each time', async () => {
    const group = slack.groups.approvers.id;
    expect(await directory.members(group)).toEqual(slack.groups.approvers.members);
    slack.setUserGroup(group, ['U0REQUESTER']);
    expect(await directory.members(group)).toEqual(['U0REQUESTER']);
  });

  it.each(['S0UNKNOWN00', 'S0DISABLED1'])('refuses the group %s as not found', async (group) => {
    await expect(directory.members(group)).rejects.toMatchObject({ code: 'not-found' });
  });

  it('tells own, shared and unseen channels apart', async () => {
    const { incident, private: closed, shared, orgShared } = slack.channels;
    const ids = [incident.id, closed.id, shared.id, orgShared.id, 'C0NOWHERE01'];
    const found = await Promise.all(ids.map((id) => directory.channel(id)));
    expect(found).toEqual(['own', 'own', 'shared', 'shared', 'unknown']);
  });

  it('knows its workspace and asks for it once', async () => {
    expect(await directory.team()).toBe(slack.teamId);
    expect(await directory.team()).toBe(slack.teamId);
    expect(slack.calls.filter((call) => call.method === 'auth.test')).toHaveLength(1);
  });

  it('repeats a look-up that got a 500', async () => {
    slack.faults.fail500('usergroups.users.list', 2);
    expect(await directory.members(slack.groups.approvers.id)).toEqual(slack.groups.approvers.members);
  });

  it.each([
    ['users.info', () => directory.standing({ team: slack.teamId, user: SEED_PEOPLE.requester.id })],
    ['usergroups.users.list', () => directory.members(slack.groups.approvers.id)],
    ['conversations.info', () => directory.channel(slack.channels.incident.id)],
    ['auth.test', () => directory.team()],
  ] as const)('guesses nothing when %s fails', async (method, look) => {
    for (const fail of [
      () => slack.faults.fail500(method, 3),
      () => slack.faults.rateLimit(method, { retryAfterSeconds: 30, times: 1 }),
      () => slack.faults.refuse(method, 'missing_scope', 1),
    ]) {
      fail();
      const thrown = await look().catch((cause: unknown) => cause);
      expect(thrown).toBeInstanceOf(FirebreakError);
      expect(thrown).toMatchObject({ code: 'slack-unavailable', retry: 'retry can help' });
    }
  });
});
