import { expect, it } from 'vitest';
import { MarkedLines } from './marked-lines.ts';

const MARK = 'ab'.repeat(16);

const read = (pieces: readonly string[]) => {
  const ours: string[] = [];
  const between: string[] = [];
  const lines = new MarkedLines(MARK, {
    take: (line) => void ours.push(line),
    between: (line) => void between.push(line.toString('latin1')),
  });
  for (const piece of pieces) lines.add(Buffer.from(piece, 'latin1'));
  return { ours, between };
};

it.each([1, 7, 33, 1000])(
  'finds the lines with the mark in pieces of %i bytes, and keeps what is between',
  (size) => {
    const text = `${MARK} try 0 connected\nnoise ${MARK} try 1 silent\n\n\xff\0\n${MARK} end\n`;
    const pieces: string[] = [];
    for (let at = 0; at < text.length; at += size) pieces.push(text.slice(at, at + size));
    expect(read(pieces)).toEqual({
      ours: ['try 0 connected', 'end'],
      between: [`noise ${MARK} try 1 silent\n`, '\n', '\xff\0\n'],
    });
  },
);

it('takes no line that has not ended, and none that is longer than ours are', () => {
  expect(read([`${MARK} ${'x'.repeat(600)}\n`, `${MARK} end`]).ours).toEqual([]);
});

it('goes on after a line of any length', () => {
  const ours: string[] = [];
  const lines = new MarkedLines(MARK, { take: (line) => void ours.push(line) });
  for (let turn = 0; turn < 100; turn += 1) lines.add(Buffer.alloc(10_000, 'x'));
  lines.add(Buffer.from(`\n${MARK} end\n`));
  expect(ours).toEqual(['end']);
});
