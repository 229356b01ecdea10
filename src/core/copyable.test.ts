import { expect, it } from 'vitest';
import type { Write } from './change.ts';
import { copyable } from './copyable.ts';
import { reverseCommand } from './reverse-command.ts';

const write = (before: string): Write => ({
  object: { kind: 'node', namespace: '', name: 'n1', uid: 'u1' },
  fields: [{ path: ['metadata', 'annotations', 'note'], before, after: null }],
});
/** What a shell hands kubectl after `-p`. */
const patchOf = (command: string): string =>
  (command.split(' -p ')[1] ?? '').slice(1, -1).replaceAll(`'\\''`, `'`);

it('changes nothing of a command that can be seen', () => {
  const command = `kubectl patch pods/x -n a --type=merge -p '{"a":"http://203.0.113.9 *b* “c” … é"}'`;
  expect(copyable(command)).toBe(command);
});

it.each([
  ['an erasing DEL', '\u007f'.repeat(80)],
  ['a terminal sequence', '\u009b2K'],
  ['a direction override', 'a\u202eb'],
  ['a zero-width space', 'a\u200bb'],
  ['a no-break space', 'a\u00a0b'],
  ['a line separator', 'a\u2028b'],
  ['a tag character', 'a\u{e0041}b'],
])('writes %s so that it is seen, and the command still puts it back', (_what, hidden) => {
  const command = copyable(reverseCommand(write(hidden)));
  expect(command).toMatch(/^(?:[\p{L}\p{M}\p{N}\p{P}\p{S}]| )+$/u);
  expect(JSON.parse(patchOf(command))).toEqual({ metadata: { annotations: { note: hidden } } });
});
