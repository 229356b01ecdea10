import { describe, expect, it } from 'vitest';
import { RecentlyUsed } from './recently-used.ts';

describe('values that were used recently', () => {
  it('are kept up to the limit, and the one that was used longest ago goes first', () => {
    const kept = new RecentlyUsed<string>(2);
    const made: string[] = [];
    const get = (key: string): string =>
      kept.get([{ key }], () => {
        made.push(key);
        return `value of ${key}`;
      });
    for (const key of ['a', 'b', 'a', 'c', 'a', 'b']) expect(get(key)).toBe(`value of ${key}`);
    expect(made).toEqual(['a', 'b', 'c', 'b']);
  });

  it('are not kept where making one fails', () => {
    const kept = new RecentlyUsed<string>(2);
    expect(() =>
      kept.get(['a'], () => {
        throw new Error('not now');
      }),
    ).toThrow('not now');
    expect(kept.get(['a'], () => 'now')).toBe('now');
  });
});
