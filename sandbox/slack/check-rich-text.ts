import type { BlockProblems } from './block-problems.ts';
import { isJsonObject, type JsonObject } from './json.ts';

/** docs.slack.dev, "Rich text block": the number of its elements has no limit of its own. */
const UNLIMITED = Number.POSITIVE_INFINITY;
/** No length is documented for a link's address; every other URL of Block Kit may have this many characters. */
const LINK_URL = 3_000;

/** What each inline element has to have, as a string that is not empty. */
const INLINE: Readonly<Record<string, readonly string[]>> = {
  text: ['text'],
  link: ['url'],
  user: ['user_id'],
  usergroup: ['usergroup_id'],
  channel: ['channel_id'],
  emoji: ['name'],
  broadcast: ['range'],
  color: ['value'],
  team: ['team_id'],
  date: ['format'],
};
const ALL_INLINE = Object.keys(INLINE);

/** Which inline elements each part of a rich text block takes. */
const TAKES: Readonly<Record<string, readonly string[]>> = {
  rich_text_section: ALL_INLINE,
  rich_text_quote: ALL_INLINE,
  rich_text_preformatted: ['text', 'link'],
};
const LIST_STYLES: readonly unknown[] = ['bullet', 'ordered'];

/** Checks a `rich_text` block at `pointer`: its sections, lists, quotes and preformatted parts, and what stands in them. */
export function checkRichText(block: JsonObject, pointer: string, problems: BlockProblems): void {
  for (const { item, at } of problems.list(block['elements'], UNLIMITED, `${pointer}/elements`))
    if (item['type'] === 'rich_text_list') checkList(item, at, problems);
    else checkPart(item, at, problems);
}

function checkList(list: JsonObject, pointer: string, problems: BlockProblems): void {
  if (!LIST_STYLES.includes(list['style'])) problems.add('must be a valid enum value', `${pointer}/style`);
  for (const { item, at } of problems.list(list['elements'], UNLIMITED, `${pointer}/elements`))
    if (item['type'] === 'rich_text_section') checkPart(item, at, problems);
    else problems.add(`unsupported type: ${String(item['type'])}`, `${at}/type`);
}

function checkPart(part: JsonObject, pointer: string, problems: BlockProblems): void {
  const takes = TAKES[String(part['type'])];
  if (takes === undefined) {
    problems.add(`unsupported type: ${String(part['type'])}`, `${pointer}/type`);
    return;
  }
  for (const { item, at } of problems.list(part['elements'], UNLIMITED, `${pointer}/elements`))
    checkInline(item, takes, at, problems);
}

function checkInline(
  element: JsonObject,
  takes: readonly string[],
  pointer: string,
  problems: BlockProblems,
): void {
  const type = String(element['type']);
  if (!takes.includes(type)) {
    problems.add(`unsupported type: ${type}`, `${pointer}/type`);
    return;
  }
  for (const key of INLINE[type] ?? [])
    problems.string(element[key], key === 'url' ? LINK_URL : UNLIMITED, `${pointer}/${key}`);
  if (type === 'link') problems.optionalString(element, 'text', UNLIMITED, pointer);
  if (element['style'] !== undefined && !isJsonObject(element['style']))
    problems.add('must be an object', `${pointer}/style`);
}
