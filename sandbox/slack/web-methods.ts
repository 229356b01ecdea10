/**
 * The Web API methods that the stand-in knows, with what Slack asks for each: the kind of token, any one of the
 * scopes, and the rate-limit tier in calls per minute per workspace (docs.slack.dev, "Rate limits" and the page of
 * each method). chat.postMessage is limited per channel instead.
 */
export interface WebMethod {
  readonly token: 'bot' | 'app';
  readonly scopes: readonly string[];
  readonly perMinute: number;
}

const TIER_1 = 1;
const TIER_2 = 20;
const TIER_3 = 50;
const TIER_4 = 100;
/** Slack allows "several hundred" posts a minute per workspace; each channel has its own limit of one a second. */
const POSTS_PER_WORKSPACE = 300;
/** Slack gives no number for it; it is used in every check of a connection. */
const UNLIMITED = 10_000;

const HISTORY = ['channels:history', 'groups:history', 'im:history', 'mpim:history'];
const READ = ['channels:read', 'groups:read', 'im:read', 'mpim:read'];

function bot(perMinute: number, ...scopes: string[]): WebMethod {
  return { token: 'bot', scopes, perMinute };
}

export const WEB_METHODS: Readonly<Record<string, WebMethod>> = {
  'auth.test': bot(UNLIMITED),
  // Slack's tier 1 is "1+ per minute"; a Socket Mode client that reconnects needs more, and gets it.
  'apps.connections.open': { token: 'app', scopes: ['connections:write'], perMinute: TIER_1 * 60 },
  'chat.postMessage': bot(POSTS_PER_WORKSPACE, 'chat:write'),
  'chat.postEphemeral': bot(TIER_4, 'chat:write'),
  'chat.update': bot(TIER_3, 'chat:write'),
  'chat.delete': bot(TIER_3, 'chat:write'),
  'chat.getPermalink': bot(UNLIMITED),
  'conversations.info': bot(TIER_3, ...READ),
  'conversations.members': bot(TIER_4, ...READ),
  'conversations.history': bot(TIER_3, ...HISTORY),
  'conversations.replies': bot(TIER_3, ...HISTORY),
  'reactions.add': bot(TIER_3, 'reactions:write'),
  'reactions.remove': bot(TIER_2, 'reactions:write'),
  'users.info': bot(TIER_4, 'users:read'),
  'usergroups.list': bot(TIER_2, 'usergroups:read'),
  'usergroups.users.list': bot(TIER_2, 'usergroups:read'),
  'views.open': bot(TIER_4),
  'views.update': bot(TIER_4),
};
