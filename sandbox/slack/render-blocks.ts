import { isJsonObject, type JsonObject, objectAt, objectsAt, stringAt } from './json.ts';
import { mrkdwnToText } from './mrkdwn-to-text.ts';
import { interactiveElements } from './payloads.ts';
import { renderRichText } from './render-rich-text.ts';
import type { Line } from './terminal-lines.ts';
import type { World } from './world.ts';

/** Gives the buttons of a channel their numbers, so that a person at a terminal can press one. */
export interface ButtonNumbers {
  next(element: JsonObject): number;
}

/** Blocks as lines. Buttons are numbered: `[1 Approve] [2 Deny]`. */
export function renderBlocks(world: World, blocks: readonly JsonObject[], numbers: ButtonNumbers): Line[] {
  return blocks.flatMap((block) => renderBlock(world, block, numbers));
}

function renderBlock(world: World, block: JsonObject, numbers: ButtonNumbers): Line[] {
  const lines = (text: string): string[] => mrkdwnToText(world, text).split('\n');
  const textOf = (object: JsonObject): string => stringAt(object, 'text');
  const buttons = interactiveElements([block]).map(({ element }) => renderElement(world, element, numbers));
  const buttonLine: Line = { kind: 'buttons', text: buttons.join(' ') };
  switch (block['type']) {
    case 'header': {
      const title = mrkdwnToText(world, textOf(objectAt(block, 'text')));
      return [
        { kind: 'title', text: title },
        { kind: 'title', text: '─'.repeat(title.length) },
      ];
    }
    case 'section':
      return [
        ...texts(isJsonObject(block['text']) ? lines(textOf(block['text'])) : []),
        ...texts(fieldLines(objectsAt(block, 'fields').map((field) => lines(textOf(field))))),
        ...(buttons.length > 0 ? [buttonLine] : []),
      ];
    case 'context':
      return lines(
        objectsAt(block, 'elements')
          .map((element) => stringAt(element, 'text') || stringAt(element, 'alt_text'))
          .join('  ·  '),
      ).map((line) => ({ kind: 'context', text: `┊ ${line}` }));
    case 'actions':
      return [buttonLine];
    case 'divider':
      return texts(['╌'.repeat(24)]);
    case 'markdown':
      return texts(textOf(block).split('\n'));
    case 'rich_text':
      return texts(renderRichText(world, block));
    case 'image':
      return texts([`[image: ${stringAt(block, 'alt_text')}]`]);
    default:
      return texts([`[${String(block['type'])}]`]);
  }
}

function texts(lines: readonly string[]): Line[] {
  return lines.map((text) => ({ kind: 'text', text }));
}

/** A field whose first line is a bold label goes on one line, labels aligned. */
function fieldLines(fields: readonly (readonly string[])[]): string[] {
  const pairs = fields.map(([label = '', ...rest]) => ({ label: label.replaceAll('*', ''), rest }));
  const width = Math.max(0, ...pairs.filter((pair) => pair.rest.length > 0).map((pair) => pair.label.length));
  return pairs.flatMap(({ label, rest: [first, ...more] }) =>
    first === undefined
      ? [label]
      : [`${label.padEnd(width)}  ${first}`, ...more.map((line) => `${' '.repeat(width)}  ${line}`)],
  );
}

function renderElement(world: World, element: JsonObject, numbers: ButtonNumbers): string {
  const number = numbers.next(element);
  const label =
    stringAt(objectAt(element, 'text'), 'text') || stringAt(objectAt(element, 'placeholder'), 'text');
  const link = stringAt(element, 'url') === '' ? '' : ` → ${stringAt(element, 'url')}`;
  const options = objectsAt(element, 'options').map((option) => stringAt(objectAt(option, 'text'), 'text'));
  const choice = options.length === 0 ? '' : `: ${options.join(' | ')}`;
  return `[${number} ${mrkdwnToText(world, label)}${choice}${link}]`;
}
