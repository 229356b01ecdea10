import { describe, expect, test } from 'vitest';
import { checkBlocks } from './block-kit.ts';
import type { JsonObject } from './json.ts';
import { SlackError } from './slack-error.ts';

const plain = (text: string) => ({ type: 'plain_text', text });
const mrkdwn = (text: string) => ({ type: 'mrkdwn', text });
const long = (length: number) => 'x'.repeat(length);
const section = (text: string) => ({ type: 'section', text: mrkdwn(text) });
const button = (fields: JsonObject) => ({ type: 'button', action_id: 'go', text: plain('Go'), ...fields });
const actions = (...elements: JsonObject[]) => ({ type: 'actions', elements });
const confirm = {
  title: plain('Sure?'),
  text: mrkdwn('It stops.'),
  confirm: plain('Yes'),
  deny: plain('No'),
};

/** The refusal of these blocks: Slack's error string and its sentences. */
function refusal(blocks: unknown, surface: 'message' | 'view' = 'message'): JsonObject | undefined {
  try {
    checkBlocks(blocks, surface);
    return undefined;
  } catch (error) {
    if (error instanceof SlackError) return error.answer;
    throw error;
  }
}

describe('Block Kit', () => {
  test('accepts a message at every limit', () => {
    const options = Array.from({ length: 100 }, (_, index) => ({ text: plain(long(75)), value: `${index}` }));
    const blocks = [
      { type: 'header', text: plain(long(150)), block_id: long(255) },
      section(long(3_000)),
      { type: 'section', fields: Array.from({ length: 10 }, () => mrkdwn(long(2_000))) },
      { type: 'context', elements: Array.from({ length: 10 }, () => mrkdwn('x')) },
      actions(
        ...Array.from({ length: 24 }, (_, index) =>
          button({
            action_id: `${index}`.padStart(255, 'a'),
            text: plain(long(75)),
            value: long(2_000),
            style: 'danger',
            confirm: {
              title: plain(long(100)),
              text: mrkdwn(long(300)),
              confirm: plain(long(30)),
              deny: plain(long(30)),
            },
          }),
        ),
        { type: 'static_select', action_id: 'choose', placeholder: plain(long(150)), options },
      ),
      { type: 'divider' },
      { type: 'markdown', text: long(12_000) },
    ];
    expect(refusal(blocks)).toBeUndefined();
    expect(refusal(Array.from({ length: 50 }, () => ({ type: 'divider' })))).toBeUndefined();
    expect(
      refusal(
        Array.from({ length: 100 }, () => ({ type: 'divider' })),
        'view',
      ),
    ).toBeUndefined();
  });

  test('says it as Slack does', () => {
    const sentence = 'must be less than 3001 characters [json-pointer:/blocks/1/text/text]';
    expect(refusal([section('fine'), section(long(3_001))])).toEqual({
      ok: false,
      error: 'invalid_blocks',
      errors: [sentence],
      response_metadata: { messages: [`[ERROR] ${sentence}`] },
    });
    expect(refusal('no blocks')).toEqual({ ok: false, error: 'invalid_blocks_format' });
  });

  const twoMarkdowns = [long(6_001), long(6_000)].map((text) => ({ type: 'markdown', text }));
  test('refuses markdown blocks that are too long together', () => {
    expect(refusal(twoMarkdowns)).toEqual({ ok: false, error: 'msg_blocks_too_long' });
  });

  const cases: readonly (readonly [string, string, readonly JsonObject[]])[] = [
    [
      '51 blocks',
      'no more than 50 items allowed [json-pointer:/blocks]',
      Array.from({ length: 51 }, () => ({ type: 'divider' })),
    ],
    ['an unknown block', 'unsupported type: card [json-pointer:/blocks/0/type]', [{ type: 'card' }]],
    [
      'an empty section',
      'must define either `text` or `fields` [json-pointer:/blocks/0]',
      [{ type: 'section' }],
    ],
    ['an empty text', 'must be more than 0 characters [json-pointer:/blocks/0/text/text]', [section('')]],
    [
      'a long header',
      'must be less than 151 characters [json-pointer:/blocks/0/text/text]',
      [{ type: 'header', text: plain(long(151)) }],
    ],
    [
      'a header in mrkdwn',
      'unsupported type: mrkdwn [json-pointer:/blocks/0/text/type]',
      [{ type: 'header', text: mrkdwn('x') }],
    ],
    [
      '11 fields',
      'no more than 10 items allowed [json-pointer:/blocks/0/fields]',
      [{ type: 'section', fields: Array.from({ length: 11 }, () => mrkdwn('x')) }],
    ],
    [
      'a long field',
      'must be less than 2001 characters [json-pointer:/blocks/0/fields/0/text]',
      [{ type: 'section', fields: [mrkdwn(long(2_001))] }],
    ],
    [
      '11 context elements',
      'no more than 10 items allowed [json-pointer:/blocks/0/elements]',
      [{ type: 'context', elements: Array.from({ length: 11 }, () => mrkdwn('x')) }],
    ],
    [
      '26 buttons',
      'no more than 25 items allowed [json-pointer:/blocks/0/elements]',
      [actions(...Array.from({ length: 26 }, (_, index) => button({ action_id: `${index}` })))],
    ],
    [
      'a long button',
      'must be less than 76 characters [json-pointer:/blocks/0/elements/0/text/text]',
      [actions(button({ text: plain(long(76)) }))],
    ],
    [
      'a long value',
      'must be less than 2001 characters [json-pointer:/blocks/0/elements/0/value]',
      [actions(button({ value: long(2_001) }))],
    ],
    [
      'a value that is a number',
      'must be a string [json-pointer:/blocks/0/elements/0/value]',
      [actions(button({ value: 7 }))],
    ],
    [
      'a long action_id',
      'must be less than 256 characters [json-pointer:/blocks/0/elements/0/action_id]',
      [actions(button({ action_id: long(256) }))],
    ],
    [
      'an action_id twice',
      '`action_id` must be unique [json-pointer:/blocks/0/elements]',
      [actions(button({}), button({}))],
    ],
    [
      'a style of its own',
      'must be a valid enum value [json-pointer:/blocks/0/elements/0/style]',
      [actions(button({ style: 'warning' }))],
    ],
    [
      'a block_id twice',
      '`block_id` must be unique [json-pointer:/blocks]',
      [
        { type: 'divider', block_id: 'a' },
        { type: 'divider', block_id: 'a' },
      ],
    ],
    [
      'a long block_id',
      'must be less than 256 characters [json-pointer:/blocks/0/block_id]',
      [{ type: 'divider', block_id: long(256) }],
    ],
    [
      'a long confirm title',
      'must be less than 101 characters [json-pointer:/blocks/0/elements/0/confirm/title/text]',
      [actions(button({ confirm: { ...confirm, title: plain(long(101)) } }))],
    ],
    [
      'a long confirm text',
      'must be less than 301 characters [json-pointer:/blocks/0/elements/0/confirm/text/text]',
      [actions(button({ confirm: { ...confirm, text: plain(long(301)) } }))],
    ],
    [
      'a long confirm button',
      'must be less than 31 characters [json-pointer:/blocks/0/elements/0/confirm/deny/text]',
      [actions(button({ confirm: { ...confirm, deny: plain(long(31)) } }))],
    ],
    [
      'an unknown element',
      'unsupported type: slider [json-pointer:/blocks/0/elements/0/type]',
      [actions({ type: 'slider' })],
    ],
    [
      '101 options',
      'no more than 100 items allowed [json-pointer:/blocks/0/elements/0/options]',
      [
        actions({
          type: 'static_select',
          options: Array.from({ length: 101 }, (_, index) => ({ text: plain('x'), value: `${index}` })),
        }),
      ],
    ],
  ];

  test.each(cases)('refuses %s', (_, sentence, blocks) => {
    expect(refusal(blocks)).toMatchObject({ error: 'invalid_blocks', errors: [sentence] });
  });
});
