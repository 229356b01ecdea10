import { describe, expect, test } from 'vitest';
import { absolutePath } from './path-flag.ts';
import { durationInSeconds, sizeInBytes } from './quantity-flags.ts';

describe('a size', () => {
  test.each([
    ['2GiB', 2 * 1024 ** 3],
    ['500Mi', 500 * 1024 ** 2],
    ['500MiB', 500 * 1024 ** 2],
    ['1g', 1e9],
    ['1.5k', 1500],
    ['4096', 4096],
    ['4Ki', 4096],
    ['4kB', 4000],
    ['1B', 1],
  ])('of %s is %d bytes', (typed, bytes) => {
    expect(sizeInBytes.parse(typed)).toBe(bytes);
  });

  test.each(['', '0', '0.1', '-1', '1e9', '2 GiB', 'GiB', '1PiB', '99999999999Ti', '１GiB'])(
    'of “%s” is refused with an example',
    (typed) => {
      expect(sizeInBytes.safeParse(typed).error?.issues[0]?.message).toContain('500MiB');
    },
  );
});

describe('a time', () => {
  test.each([
    ['90s', 90],
    ['10m', 600],
    ['2H', 7200],
  ])('of %s is %d seconds', (typed, seconds) => {
    expect(durationInSeconds.parse(typed)).toBe(seconds);
  });

  test.each(['', '0s', '10', '1.5h', '1d', '-1m', '1234567s'])(
    'of “%s” is refused with an example',
    (typed) => {
      expect(durationInSeconds.safeParse(typed).error?.issues[0]?.message).toContain('10m');
    },
  );
});

describe('a path', () => {
  test('is a list of one, so that a repeated flag adds up', () => {
    expect(absolutePath.parse('/var/lib/data')).toEqual(['/var/lib/data']);
  });

  test.each(['', '/', 'etc', '../etc', '/var/../etc', '/a/..', '/a\0b', `/${'a'.repeat(4096)}`])(
    'such as “%s” is refused with an example',
    (typed) => {
      expect(absolutePath.safeParse(typed).error?.issues[0]?.message).toContain('/var/lib/data');
    },
  );
});
