import { expect, it } from 'vitest';
import { limitLines } from './limit-lines.ts';
import { words } from './rich-text.ts';

const lines = ['one', 'two', 'three'].map((word) => [words(word)]);

it('leaves what fits as it is', () => {
  expect(limitLines(lines, { lines: 3, characters: 100 }, 'elsewhere')).toBe(lines);
});

it('says how many lines it left out and where they are', () => {
  const shown = limitLines(lines, { lines: 2, characters: 100 }, 'in the thread');
  expect(shown).toEqual([lines[0], lines[1], [words('… 1 more in the thread')]]);
});

it('counts characters too, and always shows the first line', () => {
  expect(limitLines(lines, { lines: 3, characters: 1 }, 'elsewhere')).toEqual([
    lines[0],
    [words('… 2 more elsewhere')],
  ]);
});
