import { type Line, lineLength, words } from './rich-text.ts';

export interface LineLimits {
  readonly lines: number;
  readonly characters: number;
}

/**
 * The lines that fit; where some don't, the last line says how many and where they are. Slack refuses a message above
 * about 13,000 characters of blocks (`msg_blocks_too_long`), and a phone shows far fewer.
 */
export const limitLines = (lines: readonly Line[], limits: LineLimits, rest: string): readonly Line[] => {
  let characters = 0;
  const cut = lines.findIndex((line, index) => {
    characters += lineLength(line) + 1;
    return index >= limits.lines || characters > limits.characters;
  });
  // The first line is always shown: single values are cut where they are made.
  if (cut === -1) return lines;
  const shown = lines.slice(0, Math.max(1, cut));
  if (shown.length === lines.length) return lines;
  return [...shown, [words(`… ${lines.length - shown.length} more ${rest}`)]];
};
