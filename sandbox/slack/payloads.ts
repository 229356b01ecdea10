import { isJsonObject, type JsonObject, objectsAt, stringAt } from './json.ts';
import type { Ephemeral, Message } from './visible.ts';
import { APP_ID, BOT_ID, type Channel, type Person, TEAM_DOMAIN, TEAM_ID } from './workspace-seed.ts';

/** Who acts where, and the ids that Slack hands out with it. */
export interface ActContext {
  readonly person: Person;
  readonly channel: Channel;
  /** The workspace the payload claims to come from. */
  readonly teamId: string;
  readonly triggerId: string;
  readonly responseUrl: string;
}

/** Slack's old verification token; nothing may rely on it. */
const VERIFICATION_TOKEN = 'not-a-secret';

function teamOf(teamId: string): JsonObject {
  return { id: teamId, domain: teamId === TEAM_ID ? TEAM_DOMAIN : 'another-workspace' };
}

function channelName(channel: Channel): string {
  if (channel.visibility === 'public') return channel.name;
  return channel.visibility === 'private' ? 'privategroup' : 'directmessage';
}

/** A slash command's form fields (docs.slack.dev, "Slash commands"). */
export function slashCommandPayload(context: ActContext, command: string, text: string): JsonObject {
  return {
    token: VERIFICATION_TOKEN,
    team_id: context.teamId,
    team_domain: stringAt(teamOf(context.teamId), 'domain'),
    channel_id: context.channel.id,
    channel_name: channelName(context.channel),
    user_id: context.person.id,
    user_name: context.person.name,
    command,
    text,
    api_app_id: APP_ID,
    is_enterprise_install: 'false',
    response_url: context.responseUrl,
    trigger_id: context.triggerId,
  };
}

function actorFields(context: ActContext): JsonObject {
  const { person } = context;
  return {
    user: { id: person.id, username: person.name, name: person.name, team_id: person.teamId },
    api_app_id: APP_ID,
    token: VERIFICATION_TOKEN,
    trigger_id: context.triggerId,
    team: teamOf(context.teamId),
    enterprise: null,
    is_enterprise_install: false,
  };
}

/** block_actions (docs.slack.dev, "block_actions payload"). An ephemeral message is not part of the payload. */
export function blockActionsPayload(
  context: ActContext,
  shown: Message | Ephemeral,
  action: JsonObject,
): JsonObject {
  const { channel } = context;
  const thread = shown.threadTs === undefined ? {} : { thread_ts: shown.threadTs };
  const container = {
    type: 'message',
    message_ts: shown.ts,
    channel_id: channel.id,
    is_ephemeral: shown.kind === 'ephemeral',
    ...thread,
  };
  const message = {
    user: shown.author,
    type: 'message',
    ts: shown.ts,
    bot_id: BOT_ID,
    app_id: APP_ID,
    text: shown.text,
    team: TEAM_ID,
    blocks: shown.blocks,
    ...(shown.kind === 'message' && shown.metadata ? { metadata: shown.metadata } : {}),
    ...thread,
  };
  return {
    type: 'block_actions',
    ...actorFields(context),
    container,
    channel: { id: channel.id, name: channelName(channel) },
    ...(shown.kind === 'message' ? { message } : {}),
    state: { values: {} },
    response_url: context.responseUrl,
    actions: [action],
  };
}

/** view_submission (docs.slack.dev, "View interactions payload"). */
export function viewSubmissionPayload(context: ActContext, view: JsonObject, values: JsonObject): JsonObject {
  return {
    type: 'view_submission',
    ...actorFields(context),
    view: { ...view, state: { values }, app_installed_team_id: TEAM_ID },
    response_urls: [],
  };
}

/** The elements of all blocks that a person can press or choose from, with the id of their block. */
export function interactiveElements(
  blocks: readonly JsonObject[],
): readonly { readonly blockId: string; readonly element: JsonObject }[] {
  return blocks.flatMap((block) => {
    const accessory = isJsonObject(block['accessory']) ? [block['accessory']] : [];
    const elements = block['type'] === 'actions' ? objectsAt(block, 'elements') : accessory;
    return elements.map((element) => ({ blockId: stringAt(block, 'block_id'), element }));
  });
}

/** The entry of `actions` for pressing a button, or for choosing the option with `value`. */
export function actionFor(
  blockId: string,
  element: JsonObject,
  value: string | undefined,
  at: number,
): JsonObject {
  const base = {
    type: stringAt(element, 'type'),
    action_id: stringAt(element, 'action_id'),
    block_id: blockId,
    action_ts: (at / 1_000).toFixed(6),
  };
  if (element['type'] !== 'button') {
    const option = objectsAt(element, 'options').find((candidate) => candidate['value'] === value);
    if (option === undefined) throw new Error(`no option ${value} in ${base.action_id}`);
    return { ...base, selected_option: option };
  }
  return {
    ...base,
    text: element['text'],
    ...(element['value'] === undefined ? {} : { value: element['value'] }),
    ...(element['style'] === undefined ? {} : { style: element['style'] }),
  };
}
