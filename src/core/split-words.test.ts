import { expect, test } from 'vitest';
import { joinWords, splitWords } from './split-words.ts';

const split = (text: string): readonly string[] => {
  const result = splitWords(text);
  if (result.kind !== 'words') throw new Error(result.kind);
  return result.words;
};

test.each([
  ['  a   b\tc\n', ['a', 'b', 'c']],
  ['a\u00a0b', ['a', 'b']],
  ['""', ['']],
  ['a"b c"d', ['ab cd']],
  ["it's odd", ["it's", 'odd']],
  ["'it is' odd", ['it is', 'odd']],
  ['«a b» „c d“ ‚e f‘', ['a b', 'c d', 'e f']],
  ['—reason –n ―x', ['--reason', '--n', '--x']],
  ['‑n −−reason ‐‐x －y', ['-n', '--reason', '--x', '-y']],
  ['prod‑cluster', ['prod‑cluster']],
  ['a—b "—c"', ['a—b', '—c']],
  ['$(id) `id` a;b', ['$(id)', '`id`', 'a;b']],
])('%j is split into %j', (text, words) => expect(split(text)).toEqual(words));

test.each(['"', "a 'b", 'a “b'])('%j has a quote without an end', (text) =>
  expect(splitWords(text)).toEqual({ kind: 'unclosed quote' }),
);

test.each([
  [['inspect', 'pod/x']],
  [['--reason', 'two words', '']],
  [['--reason', "it's odd"]],
  [['--reason', 'he said “no” twice']],
  [['—not a flag']],
  [["'"]],
])('%j is joined into what is split the same', (words) => expect(split(joinWords(words))).toEqual(words));

test('a word of both kinds of quotes loses the double ones alone', () =>
  expect(split(joinWords([`it's "odd"`]))).toEqual(["it's odd"]));
