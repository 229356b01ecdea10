import type { types } from '@slack/bolt';
import { cleanText } from '../core/clean-text.ts';
import { copyable } from '../core/copyable.ts';
import { linesBlock, words } from './rich-text.ts';

interface TitledObject {
  /** What becomes of it; it holds names from outside. */
  readonly title: string;
  readonly body: unknown;
}

export interface ObjectBlocks {
  readonly blocks: readonly types.KnownBlock[];
  /** What they take of a message, as Slack counts it: JSON's escapes included. */
  readonly characters: number;
}

const TITLE_CHARACTERS = 300;

const lengthOf = (text: string): number => JSON.stringify(text).length;

/** As a person reads it, or in one line where that takes too much. What can't be seen is written as JSON writes it. */
const textOf = (body: unknown, most: number): string | undefined =>
  [JSON.stringify(body, null, 2), JSON.stringify(body)]
    .map((text) => text.split('\n').map(copyable).join('\n'))
    .find((text) => lengthOf(text) <= most);

/** Objects below their titles, each whole. One that does not fit into `characters` is left out, which is said. */
export const objectBlocks = (objects: readonly TitledObject[], characters: number): ObjectBlocks => {
  let taken = 0;
  const blocks = objects.flatMap(({ title, body }, index): readonly types.RichTextBlock[] => {
    // The rest has to fit too, if only in one line.
    const later = objects.slice(index + 1).reduce((sum, one) => sum + lengthOf(JSON.stringify(one.body)), 0);
    const text = textOf(body, characters - taken - later) ?? textOf(body, characters - taken);
    if (text === undefined) return [];
    taken += lengthOf(text) + title.length;
    return [objectBlock(title, text)];
  });
  const missing = objects.length - blocks.length;
  return {
    characters: taken,
    blocks: [
      ...blocks,
      ...(missing === 0
        ? []
        : [
            linesBlock([
              [
                words(
                  `… ${missing} of ${objects.length} objects do not fit into this message; the plan in the database holds them.`,
                ),
              ],
            ]),
          ]),
    ],
  };
};

const objectBlock = (title: string, text: string): types.RichTextBlock => ({
  type: 'rich_text',
  elements: [
    {
      type: 'rich_text_section',
      elements: [{ type: 'text', text: cleanText(title, TITLE_CHARACTERS) || '-', style: { bold: true } }],
    },
    { type: 'rich_text_preformatted', elements: [{ type: 'text', text }] },
  ],
});
