import { expect, test } from 'vitest';
import { nearest } from './nearest.ts';

const VERBS = ['inspect', 'acquire', 'isolate'];

test.each([
  ['inspcet', 'inspect'],
  ['aquire', 'acquire'],
  ['ACQUIRE', 'acquire'],
  ['isolat', 'isolate'],
  ['delete', undefined],
  ['', undefined],
])('%j is nearest to %j', (typed, expected) => expect(nearest(typed, VERBS)).toBe(expected));

test('a word of a thousand letters is compared with nothing', () =>
  expect(nearest('a'.repeat(1_000), ['a'.repeat(1_000)])).toBeUndefined());

test('nothing is near when there is nothing', () => expect(nearest('inspect', [])).toBeUndefined());
