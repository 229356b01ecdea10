import { isJsonObject, type JsonObject, stringAt } from './json.ts';
import { isSet } from './read-arguments.ts';
import { SlackError } from './slack-error.ts';
import {
  BOT_ID,
  BOT_USER_ID,
  type Channel,
  FOREIGN_TEAM_ID,
  type Person,
  TEAM_ID,
} from './workspace-seed.ts';
import type { World } from './world.ts';

/** users.info, as Slack describes guests, bots, people of other workspaces and people who left. */
export function usersInfo(world: World, args: JsonObject): JsonObject {
  const person = world.people.get(stringAt(args, 'user'));
  if (person === undefined) throw new SlackError('user_not_found');
  return { ok: true, user: describePerson(person) };
}

function describePerson(person: Person): JsonObject {
  const { account } = person;
  return {
    id: person.id,
    team_id: person.teamId,
    name: person.name,
    real_name: person.realName,
    deleted: account === 'deactivated',
    tz: 'Etc/UTC',
    tz_offset: 0,
    is_admin: false,
    is_owner: false,
    is_bot: account === 'bot',
    is_app_user: false,
    is_restricted: account === 'multi-channel guest' || account === 'single-channel guest',
    is_ultra_restricted: account === 'single-channel guest',
    ...(account === 'external' ? { is_stranger: true } : {}),
    profile: {
      real_name: person.realName,
      display_name: person.name,
      team: person.teamId,
      ...(person.id === BOT_USER_ID ? { bot_id: BOT_ID } : {}),
    },
  };
}

/** The channel that the bot may know of; a private one that it is not in does not exist for it. */
export function readableChannel(world: World, id: string): Channel {
  const channel = world.channels.get(id);
  const hidden = channel !== undefined && channel.visibility !== 'public';
  if (channel === undefined || (hidden && !channel.members.includes(BOT_USER_ID)))
    throw new SlackError('channel_not_found');
  return channel;
}

/** conversations.info with the flags of shared channels. */
export function conversationsInfo(world: World, args: JsonObject): JsonObject {
  const channel = readableChannel(world, stringAt(args, 'channel'));
  const external = channel.sharing === 'another workspace';
  const organisation = channel.sharing === 'the organisation';
  return {
    ok: true,
    channel: {
      id: channel.id,
      name: channel.name,
      name_normalized: channel.name,
      is_channel: channel.visibility === 'public',
      is_group: channel.visibility === 'private',
      is_im: channel.visibility === 'direct',
      is_mpim: false,
      is_private: channel.visibility !== 'public',
      is_archived: channel.state === 'archived',
      is_general: channel.name === 'general',
      is_member: channel.members.includes(BOT_USER_ID),
      is_shared: external || organisation,
      is_ext_shared: external,
      is_org_shared: organisation,
      is_pending_ext_shared: false,
      context_team_id: TEAM_ID,
      shared_team_ids: external ? [TEAM_ID, FOREIGN_TEAM_ID] : [TEAM_ID],
      connected_team_ids: external ? [FOREIGN_TEAM_ID] : [],
      ...(isSet(args, 'include_num_members') ? { num_members: channel.members.length } : {}),
    },
  };
}

export function conversationsMembers(world: World, args: JsonObject): JsonObject {
  const channel = readableChannel(world, stringAt(args, 'channel'));
  return { ok: true, members: channel.members, response_metadata: { next_cursor: '' } };
}

/** usergroups.list; disabled groups only with `include_disabled`, members only with `include_users`. */
export function usergroupsList(world: World, args: JsonObject): JsonObject {
  const groups = [...world.groups.values()]
    .filter((group) => group.state === 'enabled' || isSet(args, 'include_disabled'))
    .map((group) => ({
      id: group.id,
      team_id: TEAM_ID,
      is_usergroup: true,
      is_subteam: true,
      name: group.name,
      handle: group.handle,
      user_count: group.members.length,
      date_delete: group.state === 'disabled' ? 1 : 0,
      ...(isSet(args, 'include_users') ? { users: group.members } : {}),
    }));
  return { ok: true, usergroups: groups };
}

/** usergroups.users.list; a group that does not exist, or is disabled and not asked for, is `no_such_subteam`. */
export function usergroupsUsersList(world: World, args: JsonObject): JsonObject {
  const group = world.groups.get(stringAt(args, 'usergroup'));
  if (group === undefined) throw new SlackError('no_such_subteam');
  if (group.state === 'disabled' && !isSet(args, 'include_disabled'))
    throw new SlackError('subteam_disabled');
  return { ok: true, users: group.members };
}

/**
 * The messages of a conversations.history or .replies answer between `oldest` and `latest`, without metadata unless
 * `include_all_metadata` is set. emulate knows neither.
 */
export function selectMessages(messages: readonly JsonObject[], args: JsonObject): readonly JsonObject[] {
  const oldest = stringAt(args, 'oldest') || '0';
  const latest = stringAt(args, 'latest') || '9999999999.999999';
  const inclusive = isSet(args, 'inclusive');
  return messages
    .filter((message) => {
      const ts = stringAt(message, 'ts');
      return inclusive ? ts >= oldest && ts <= latest : ts > oldest && ts < latest;
    })
    .map((message) => {
      if (isSet(args, 'include_all_metadata') || !isJsonObject(message['metadata'])) return message;
      const { metadata: _metadata, ...rest } = message;
      return rest;
    });
}
