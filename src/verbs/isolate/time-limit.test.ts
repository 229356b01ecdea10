import { expect, test } from 'vitest';
import { timeLimit } from './time-limit.ts';

test.each([
  [4 * 3_600, '4 h'],
  [90 * 60, '90 min'],
  [45, '45 s'],
])('the card says that it asks after %i seconds, and that no timer releases', (seconds, words) => {
  expect(timeLimit({ for: seconds })).toEqual([
    `Asks the channel after ${words} whether to release it, and releases nothing by itself.`,
  ]);
});

test('the card says nothing of a time that was not given', () => {
  expect(timeLimit({})).toEqual([]);
});

test('the card says that it releases by itself where that was asked for, and refuses it without a time', () => {
  expect(timeLimit({ for: 3_600, 'then-release': 'yes' })).toEqual([
    'Opens its network by itself after 1 h, under this approval; a detached pod stays out of its controller.',
  ]);
  expect(() => timeLimit({ 'then-release': 'yes' })).toThrow('`--then-release` needs a time.');
});
