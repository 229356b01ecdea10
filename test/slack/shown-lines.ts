import { checkBlocks } from '../../sandbox/slack/block-kit.ts';
import type { Notice, Run } from '../../src/flow/ledger.ts';
import { renderNotice } from '../../src/slack/render-notice.ts';

export const NOW = new Date('2026-11-20T14:03:00Z');

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** What a person reads, a line for each block, each item of a list and each line in them. */
export const linesOf = (value: unknown): readonly string[] => {
  if (Array.isArray(value)) return value.flatMap(linesOf);
  if (!isObject(value)) return [];
  const { type, text, elements } = value;
  if (isObject(text)) return linesOf(text);
  if (typeof text === 'string') return text.split('\n');
  if (type === 'rich_text_section' || type === 'rich_text_preformatted')
    return (Array.isArray(elements) ? elements : [])
      .map((element: unknown) =>
        isObject(element) && typeof element['text'] === 'string' ? element['text'] : '@',
      )
      .join('')
      .split('\n');
  return linesOf(elements);
};

export const blocksOf = (run: Run, notice: Notice = 'card') => {
  const { blocks } = renderNotice(notice, run, NOW);
  checkBlocks(JSON.parse(JSON.stringify(blocks)), 'message');
  return blocks;
};
export const shown = (run: Run, notice: Notice = 'card'): readonly string[] => linesOf(blocksOf(run, notice));
export const under = (lines: readonly string[], title: string, count: number): readonly string[] =>
  lines.slice(lines.indexOf(title) + 1, lines.indexOf(title) + 1 + count);
