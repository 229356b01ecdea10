import type { webApi } from '@slack/bolt';
import { z } from 'zod';
import { FirebreakError } from '../core/firebreak-error.ts';
import type { Person, Standing } from '../core/person.ts';
import type { Directory } from '../flow/directory.ts';
import { readSlackFailure } from './slack-failure.ts';

const userSchema = z.object({
  user: z.object({
    id: z.string(),
    team_id: z.string().optional(),
    deleted: z.boolean().default(false),
    is_bot: z.boolean().default(false),
    is_workflow_bot: z.boolean().default(false),
    is_restricted: z.boolean().default(false),
    is_ultra_restricted: z.boolean().default(false),
    is_stranger: z.boolean().default(false),
    enterprise_user: z
      .object({ enterprise_id: z.string().optional(), teams: z.array(z.string()).default([]) })
      .optional(),
  }),
});
type SlackUser = z.infer<typeof userSchema>['user'];

const membersSchema = z.object({ users: z.array(z.string()) });

const channelSchema = z.object({
  channel: z.object({
    is_shared: z.boolean().default(false),
    is_ext_shared: z.boolean().default(false),
    is_org_shared: z.boolean().default(false),
    is_pending_ext_shared: z.boolean().default(false),
  }),
});

/** Slackbot has no bot flag of its own. */
const SLACKBOT = 'USLACKBOT';

/**
 * People, groups and channels as Slack knows them now. Nothing is kept but the workspace's own id, which can't change:
 * a person who was made a guest, or was taken out of a group, loses the right with the next look-up.
 */
export class SlackDirectory implements Directory {
  readonly #client: webApi.WebClient;
  #team: string | undefined;

  /** `client` may repeat reads. */
  constructor(client: webApi.WebClient) {
    this.#client = client;
  }

  async standing(person: Person): Promise<Standing> {
    const team = await this.team();
    const answer = await this.#ask('users.info', () => this.#client.users.info({ user: person.user }), [
      'user_not_found',
      'user_not_visible',
      'users_not_found',
    ]);
    if (answer === undefined) return person.team === team ? 'unknown' : 'foreign';
    return standingOf(this.#read('users.info', userSchema, answer).user, person, team);
  }

  async members(group: string): Promise<readonly string[]> {
    const answer = await this.#ask(
      'usergroups.users.list',
      () => this.#client.usergroups.users.list({ usergroup: group }),
      ['no_such_subteam', 'subteam_disabled'],
    );
    if (answer === undefined)
      throw new FirebreakError({
        code: 'not-found',
        message: `The user group ${group} does not exist in this workspace.`,
        next: 'Ask whoever runs Firebreak to correct the approvers of this channel.',
      });
    return this.#read('usergroups.users.list', membersSchema, answer).users;
  }

  async channel(channel: string): Promise<'own' | 'shared' | 'unknown'> {
    const answer = await this.#ask('conversations.info', () => this.#client.conversations.info({ channel }), [
      'channel_not_found',
    ]);
    if (answer === undefined) return 'unknown';
    const found = this.#read('conversations.info', channelSchema, answer).channel;
    const shared =
      found.is_shared || found.is_ext_shared || found.is_org_shared || found.is_pending_ext_shared;
    return shared ? 'shared' : 'own';
  }

  async team(): Promise<string> {
    if (this.#team !== undefined) return this.#team;
    const answer = await this.#ask('auth.test', () => this.#client.auth.test(), []);
    this.#team = this.#read('auth.test', z.object({ team_id: z.string() }), answer).team_id;
    return this.#team;
  }

  /** undefined when Slack answered with one of `absent`; every other failure is thrown. */
  async #ask(method: string, call: () => Promise<unknown>, absent: readonly string[]): Promise<unknown> {
    try {
      return await call();
    } catch (cause) {
      const failure = readSlackFailure(cause);
      if (failure.kind === 'refused' && absent.includes(failure.error)) return undefined;
      throw unavailable(method, failure.kind === 'refused' ? ` (${failure.error})` : '', cause);
    }
  }

  #read<Shape>(method: string, schema: z.ZodType<Shape>, answer: unknown): Shape {
    const read = schema.safeParse(answer);
    if (read.success) return read.data;
    throw unavailable(method, ' (an answer of another shape)', read.error);
  }
}

const standingOf = (user: SlackUser, person: Person, team: string): Standing => {
  const organisation = user.enterprise_user;
  const teams = [user.team_id, ...(organisation?.teams ?? [])];
  // In an organisation of several workspaces a payload may name another one of the person's own, or the organisation.
  const claimed = [team, ...(organisation?.teams ?? []), organisation?.enterprise_id];
  if (user.is_stranger || !teams.includes(team) || !claimed.includes(person.team)) return 'foreign';
  if (user.deleted) return 'deactivated';
  if (user.is_bot || user.is_workflow_bot || user.id === SLACKBOT) return 'bot';
  if (user.is_restricted || user.is_ultra_restricted) return 'guest';
  return 'member';
};

const unavailable = (method: string, detail: string, cause: unknown): FirebreakError =>
  new FirebreakError({
    code: 'slack-unavailable',
    message: `Slack could not be asked who may do this: ${method} failed${detail}.`,
    next: 'Nothing was done. Try again in a minute; if it stays, whoever runs Firebreak checks its token and scopes.',
    retry: 'retry can help',
    cause,
  });
