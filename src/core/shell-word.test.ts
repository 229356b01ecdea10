import { execFileSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { shellWord } from './shell-word.ts';

test.each(['plain', '', "it's", "'", "a 'b' c", '$(id) `id` \\ "x" ; & | * ? ~ !', 'two\nlines'])(
  'sh takes %j as it is',
  (word) => {
    const script = `printf %s ${shellWord(word)}`;
    expect(execFileSync('sh', ['-c', script], { encoding: 'utf8' })).toBe(word);
  },
);
