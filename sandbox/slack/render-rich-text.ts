import { type JsonObject, objectsAt, stringAt } from './json.ts';
import { mrkdwnToText } from './mrkdwn-to-text.ts';
import type { World } from './world.ts';

/** A `rich_text` block as lines of plain text: lists with bullets or numbers, quotes and code with a mark at the left. */
export function renderRichText(world: World, block: JsonObject): string[] {
  let number = 0;
  return objectsAt(block, 'elements').flatMap((element) => {
    const indent = '  '.repeat(numberAt(element, 'indent'));
    switch (element['type']) {
      case 'rich_text_list': {
        // Numbers go on where the list before it, of the same style, ended.
        number = numberAt(element, 'offset');
        return objectsAt(element, 'elements').flatMap((item) => {
          number += 1;
          const bullet = element['style'] === 'ordered' ? `${number}. ` : '• ';
          return inline(world, item).map((line, index) => `${indent}${index === 0 ? bullet : '  '}${line}`);
        });
      }
      case 'rich_text_preformatted':
        return inline(world, element).map((line) => `  ${line}`);
      case 'rich_text_quote':
        return inline(world, element).map((line) => `> ${line}`);
      default:
        return inline(world, element);
    }
  });
}

function numberAt(object: JsonObject, key: string): number {
  const value = object[key];
  return typeof value === 'number' ? value : 0;
}

function inline(world: World, section: JsonObject): string[] {
  return objectsAt(section, 'elements')
    .map((element) => piece(world, element))
    .join('')
    .replace(/\n$/, '')
    .split('\n');
}

function piece(world: World, element: JsonObject): string {
  switch (element['type']) {
    case 'user':
      return mrkdwnToText(world, `<@${stringAt(element, 'user_id')}>`);
    case 'usergroup':
      return mrkdwnToText(world, `<!subteam^${stringAt(element, 'usergroup_id')}>`);
    case 'channel':
      return mrkdwnToText(world, `<#${stringAt(element, 'channel_id')}>`);
    case 'broadcast':
      return `@${stringAt(element, 'range')}`;
    case 'link':
      return stringAt(element, 'text') || stringAt(element, 'url');
    case 'emoji':
      return `:${stringAt(element, 'name')}:`;
    case 'date':
      return stringAt(element, 'fallback');
    default:
      return stringAt(element, 'text');
  }
}
