import { execFileSync } from 'node:child_process';
import { expect, it } from 'vitest';
import { shellAssignment } from './shell-assignment.ts';

it.each([
  "it's",
  "'; touch planted; '",
  '$(touch planted)',
  '`touch planted`',
  'two\nlines',
  'back\\slash\\',
  '"quotes"',
  '*',
  '',
  'ünïcode',
  "'''",
])('gives the shell %j byte for byte', (value) => {
  const script = `${shellAssignment('FB_VALUE', value)}printf %s "$FB_VALUE"`;
  for (const shell of ['dash', 'bash']) {
    expect(execFileSync(shell, ['-s'], { input: script, encoding: 'utf8' })).toBe(value);
  }
});

it('refuses what no shell can hold and names that are not the collector’s', () => {
  expect(() => shellAssignment('FB_VALUE', 'a\0b')).toThrow('NUL');
  expect(() => shellAssignment('PATH', 'x')).toThrow('PATH');
  expect(() => shellAssignment('FB_X=1; FB_Y', 'x')).toThrow('no name');
});
