import { readableChannel, selectMessages } from './directory-methods.ts';
import type { EmulateBackend } from './emulate-backend.ts';
import { type JsonObject, objectAt, objectsAt, stringAt } from './json.ts';
import { SlackError } from './slack-error.ts';
import { BOT_USER_ID } from './workspace-seed.ts';
import type { World } from './world.ts';

const PAGE = 1_000;

/**
 * conversations.history and conversations.replies. Every message is read from emulate, then `oldest`, `latest`,
 * `inclusive`, `limit` and `cursor` are applied here: emulate knows only the last two.
 */
export async function readHistory(
  world: World,
  backend: EmulateBackend,
  method: 'conversations.history' | 'conversations.replies',
  args: JsonObject,
): Promise<JsonObject> {
  const channel = readableChannel(world, stringAt(args, 'channel'));
  if (!channel.members.includes(BOT_USER_ID)) throw new SlackError('not_in_channel');
  const all: JsonObject[] = [];
  for (let cursor = ''; ; ) {
    const page = { channel: channel.id, limit: PAGE, cursor, ts: stringAt(args, 'ts') };
    const answer = await backend.call(method, page, BOT_USER_ID);
    if (answer['ok'] !== true) return answer;
    all.push(...objectsAt(answer, 'messages'));
    cursor = stringAt(objectAt(answer, 'response_metadata'), 'next_cursor');
    if (cursor === '') break;
  }
  if (method === 'conversations.replies' && all.length === 0) throw new SlackError('thread_not_found');

  const skip = Number(stringAt(args, 'cursor')) || 0;
  const limit = Math.min(PAGE, Number(args['limit'] ?? 100) || 100);
  const wanted = selectMessages(all, args);
  const messages = wanted.slice(skip, skip + limit);
  const hasMore = skip + limit < wanted.length;
  return {
    ok: true,
    messages,
    has_more: hasMore,
    response_metadata: { next_cursor: hasMore ? String(skip + limit) : '' },
  };
}
