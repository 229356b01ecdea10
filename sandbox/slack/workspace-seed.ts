/** The workspace that every stand-in Slack starts with. Ids are fixed, so that a config file can name them. */
export const TEAM_ID = 'T000000001';
export const FOREIGN_TEAM_ID = 'T0FOREIGN01';
export const TEAM_DOMAIN = 'firebreak-sandbox';
export const APP_ID = 'A0FIREBREAK';
export const BOT_ID = 'B0FIREBREAK';
export const BOT_USER_ID = 'U0FIREBREAK';

export interface Person {
  readonly id: string;
  readonly name: string;
  readonly realName: string;
  readonly teamId: string;
  /** What Slack's users.info says about the account. */
  readonly account:
    | 'member'
    | 'multi-channel guest'
    | 'single-channel guest'
    | 'bot'
    | 'deactivated'
    | 'external';
}

export interface Channel {
  readonly id: string;
  readonly name: string;
  readonly visibility: 'public' | 'private' | 'direct';
  /** With whom the channel is shared; Slack Connect is 'another workspace'. */
  readonly sharing: 'none' | 'another workspace' | 'the organisation';
  readonly members: readonly string[];
  readonly state: 'open' | 'archived';
}

export interface UserGroup {
  readonly id: string;
  readonly handle: string;
  readonly name: string;
  readonly members: readonly string[];
  readonly state: 'enabled' | 'disabled';
}

function person(id: string, name: string, realName: string, account: Person['account']): Person {
  return { id, name, realName, account, teamId: account === 'external' ? FOREIGN_TEAM_ID : TEAM_ID };
}

export const SEED_PEOPLE = {
  requester: person('U0REQUESTER', 'rin', 'Rin Okafor', 'member'),
  approver: person('U0APPROVER1', 'avery', 'Avery Lindt', 'member'),
  secondApprover: person('U0APPROVER2', 'sol', 'Sol Marchetti', 'member'),
  /** A member of the channel who is in no user group. */
  outsider: person('U0OUTSIDER1', 'otis', 'Otis Brandt', 'member'),
  guest: person('U0GUEST0001', 'gale', 'Gale Novak', 'multi-channel guest'),
  singleChannelGuest: person('U0GUEST0002', 'sid', 'Sid Ferrer', 'single-channel guest'),
  otherBot: person('U0OTHERBOT1', 'deploybot', 'Deploy Bot', 'bot'),
  /** A person of another workspace who meets us in a Slack Connect channel. */
  foreign: person('U0FOREIGN01', 'fay', 'Fay Tanaka', 'external'),
  deactivated: person('U0GONE00001', 'dee', 'Dee Holm', 'deactivated'),
} as const satisfies Record<string, Person>;

export const BOT_PERSON: Person = person(BOT_USER_ID, 'firebreak', 'Firebreak', 'bot');

const P = SEED_PEOPLE;
const HOME = [P.requester, P.approver, P.secondApprover, P.outsider, P.guest, P.otherBot].map((p) => p.id);
const EVERYONE = [...HOME, P.singleChannelGuest.id];

function channel(id: string, name: string, fields: Partial<Channel>): Channel {
  return { id, name, visibility: 'public', sharing: 'none', state: 'open', members: [], ...fields };
}

export const SEED_CHANNELS = {
  incident: channel('C0INCIDENT1', 'incident', { members: [...EVERYONE, BOT_USER_ID] }),
  secondIncident: channel('C0INCIDENT2', 'incident-two', { members: [...HOME, BOT_USER_ID] }),
  general: channel('C0GENERAL01', 'general', { members: [...HOME, BOT_USER_ID] }),
  private: channel('C0PRIVATE01', 'incident-private', {
    visibility: 'private',
    members: [P.requester.id, P.approver.id, P.secondApprover.id, BOT_USER_ID],
  }),
  /** Slack Connect: `is_ext_shared`. */
  shared: channel('C0EXTSHARED', 'incident-with-vendor', {
    sharing: 'another workspace',
    members: [...HOME, P.foreign.id, BOT_USER_ID],
  }),
  orgShared: channel('C0ORGSHARED', 'incident-org', {
    sharing: 'the organisation',
    members: [...HOME, BOT_USER_ID],
  }),
  /** A channel to which the app was never invited. */
  withoutBot: channel('C0NOBOT0001', 'no-bot-here', { members: HOME }),
  archived: channel('C0ARCHIVED1', 'incident-old', { members: [...HOME, BOT_USER_ID], state: 'archived' }),
} as const satisfies Record<string, Channel>;

export const SEED_GROUPS = {
  approvers: {
    id: 'S0APPROVERS',
    handle: 'ir-approvers',
    name: 'Incident approvers',
    members: [P.approver.id, P.secondApprover.id],
    state: 'enabled',
  },
  leads: {
    id: 'S0IRLEADS01',
    handle: 'ir-leads',
    name: 'Incident leads',
    members: [P.secondApprover.id],
    state: 'enabled',
  },
  empty: { id: 'S0EMPTY0001', handle: 'ir-nobody', name: 'Nobody', members: [], state: 'enabled' },
  disabled: {
    id: 'S0DISABLED1',
    handle: 'ir-retired',
    name: 'Retired group',
    members: [P.approver.id],
    state: 'disabled',
  },
} as const satisfies Record<string, UserGroup>;
