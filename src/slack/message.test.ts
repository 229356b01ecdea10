import { expect, it } from 'vitest';
import { fallbackText } from './message.ts';

it('leaves a text that an edit takes as it is', () => {
  expect(fallbackText('short')).toBe('short');
});

it.each([
  ['a mention', '<@U0REQUESTER1>'],
  ['an escaped character', '&amp;'],
  ['a character of four bytes', '😀'],
])('never cuts %s in two', (_what, token) => {
  for (let before = 3_470; before <= 3_500; before += 1) {
    const text = fallbackText(`${'x'.repeat(before)}${token}${'y'.repeat(1_000)}`);
    expect(Buffer.byteLength(text)).toBeLessThan(4_000);
    expect(text.replaceAll(token, '')).toMatch(/^x+y*…$/u);
  }
});
