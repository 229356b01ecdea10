import { expect, test } from 'vitest';
import { byWeight, joined } from './join-words.ts';

test('what several steps say is said once, under their names', () => {
  expect(
    joined([
      { step: 'hold', lines: ['The marks stand.', 'A budget stays.'] },
      { step: 'inspect', lines: ['Nothing.'] },
      { step: 'label', lines: ['The marks stand.', 'The marks stand.'] },
    ]),
  ).toEqual(['hold, label: The marks stand.', 'hold: A budget stays.']);
});

test('the first risks of the cut come first, then one of each other step, then the rest', () => {
  const risks = joined(
    byWeight([
      { step: 'hold', lines: ['h1', 'h2'] },
      { step: 'isolate', lines: ['i1', 'i2', 'i3', 'i4'] },
      { step: 'cordon', lines: ['c1'] },
    ]),
  );
  expect(risks.map((line) => line.split(' ')[1])).toEqual(['i1', 'i2', 'i3', 'h1', 'c1', 'h2', 'i4']);
});
