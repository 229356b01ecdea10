import { expect, it } from 'vitest';
import { type MarkedPiece, MarkSplitter } from './mark-splitter.ts';

const MARK = '0123456789abcdef';

const split = (chunks: readonly string[], limit = 1000): readonly MarkedPiece[] => {
  const pieces: MarkedPiece[] = [];
  const splitter = new MarkSplitter(MARK, limit, (piece) => pieces.push(piece));
  for (const chunk of chunks) splitter.add(Buffer.from(chunk, 'latin1'));
  splitter.end();
  return pieces;
};

const TEXT = `\n${MARK} one\n\0\xff${MARK}${MARK}0123456789abcde`;

it.each([1, 2, 3, 7, 16, 17, 1000])('gives the same pieces whatever the chunks, here of %i bytes', (size) => {
  const chunks = [];
  for (let at = 0; at < TEXT.length; at += size) chunks.push(TEXT.slice(at, at + size));
  expect(split(chunks).map(({ bytes }) => bytes.toString('latin1'))).toEqual([
    '\n',
    ' one\n\0\xff',
    '',
    '0123456789abcde',
  ]);
});

it('keeps no more of a piece than the limit, and counts the rest', () => {
  const pieces = split([`${'a'.repeat(50)}`, `${'a'.repeat(50)}${MARK}short`], 10);
  expect(pieces.map(({ bytes, dropped }) => [bytes.length, dropped])).toEqual([
    [10, 90],
    [5, 0],
  ]);
});
