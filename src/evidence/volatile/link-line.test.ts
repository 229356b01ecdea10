import { expect, it } from 'vitest';
import { readLink } from './link-line.ts';

const link = (name: string, target: string) => ({ pid: 7, name, target: Buffer.from(target, 'latin1') });

it('undoes the quoting of coreutils', () => {
  expect(readLink('"/proc/7/exe" -> "/a\\nb\\"c\\\\d\\377\\t"\n', 'c')).toEqual(
    link('exe', '/a\nb"c\\d\xff\t'),
  );
  expect(readLink('"/proc/7/fd/3" -> "socket:[99]"\n', 'c')).toEqual(link('fd/3', 'socket:[99]'));
});

it('takes busybox’s line as it is, quotes and newlines too', () => {
  expect(readLink("'/proc/7/cwd' -> '/a\nb' -> 'c'\n\n", 'none')).toEqual(link('cwd', "/a\nb' -> 'c"));
});

it('tells a link that may not be read from a line of another shape', () => {
  expect(readLink('"/proc/7/exe"\n', 'c')).toBe('unreadable');
  expect(readLink("'/proc/7/exe'\n", 'none')).toBe('unreadable');
  expect(readLink('"/etc/passwd" -> "x"\n', 'c')).toBeUndefined();
  expect(readLink('"/proc/7/exe" -> "x" more\n', 'c')).toBeUndefined();
});
