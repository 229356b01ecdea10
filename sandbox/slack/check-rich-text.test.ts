import { expect, test } from 'vitest';
import { checkBlocks } from './block-kit.ts';
import type { JsonObject } from './json.ts';
import { SlackError } from './slack-error.ts';

const text = (value: string): JsonObject => ({ type: 'text', text: value });
const part = (type: string, ...elements: JsonObject[]): JsonObject => ({ type, elements });
const section = (...elements: JsonObject[]): JsonObject => part('rich_text_section', ...elements);
const list = (...elements: JsonObject[]): JsonObject => ({
  ...part('rich_text_list', ...elements),
  style: 'bullet',
});

const problems = (...elements: JsonObject[]): unknown => {
  try {
    checkBlocks([{ type: 'rich_text', elements }], 'message');
    return [];
  } catch (error) {
    if (error instanceof SlackError) return error.answer['errors'];
    throw error;
  }
};

test('rich text of every part and element is taken', () => {
  const inline = [
    { ...text('x'), style: { bold: true } },
    { type: 'link', url: 'https://example.com', text: 'there' },
    { type: 'user', user_id: 'U1' },
    { type: 'usergroup', usergroup_id: 'S1' },
    { type: 'channel', channel_id: 'C1' },
    { type: 'emoji', name: 'fire' },
    { type: 'broadcast', range: 'here' },
    { type: 'date', timestamp: 1, format: '{time}' },
  ];
  const verbatim = part('rich_text_preformatted', text('kubectl'), {
    type: 'link',
    url: 'https://example.com',
  });
  expect(
    problems(section(...inline), list(section(text('x'))), part('rich_text_quote', ...inline), verbatim),
  ).toEqual([]);
});

test.each<[string, JsonObject, string, string]>([
  ['an empty text', section(text('')), 'must be more than 0 characters', '/elements/0/elements/0/text'],
  ['a part without elements', section(), 'no fewer than 1 items allowed', '/elements/0/elements'],
  ['a part that is none', part('section', text('x')), 'unsupported type: section', '/elements/0/type'],
  [
    'an element that is none',
    section({ type: 'mrkdwn', text: 'x' }),
    'unsupported type: mrkdwn',
    '/elements/0/elements/0/type',
  ],
  [
    'a mention in preformatted text',
    part('rich_text_preformatted', { type: 'user', user_id: 'U1' }),
    'unsupported type: user',
    '/elements/0/elements/0/type',
  ],
  [
    'a list of quotes',
    list(part('rich_text_quote', text('x'))),
    'unsupported type: rich_text_quote',
    '/elements/0/elements/0/type',
  ],
  [
    'a list without a style',
    part('rich_text_list', section(text('x'))),
    'must be a valid enum value',
    '/elements/0/style',
  ],
  [
    'a link to nowhere',
    section({ type: 'link', text: 'x' }),
    'must be a string',
    '/elements/0/elements/0/url',
  ],
  [
    'a link that is too long',
    section({ type: 'link', url: 'x'.repeat(3_001) }),
    'must be less than 3001 characters',
    '/elements/0/elements/0/url',
  ],
])('%s is refused', (_what, element, sentence, pointer) => {
  expect(problems(element)).toEqual([`${sentence} [json-pointer:/blocks/0${pointer}]`]);
});
