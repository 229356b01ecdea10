import { beforeEach, describe, expect, it, vi } from 'vitest';
import { type Fetched, Kept } from './kept.ts';

const START = Date.parse('2026-01-01T00:00:00Z');
let nowMs: number;
let fetches: number;
let next: () => Promise<Fetched<string>>;
let kept: Kept<string>;

const lasting =
  (value: string, seconds: number): (() => Promise<Fetched<string>>) =>
  async () => ({ value, endsAt: new Date(nowMs + seconds * 1_000) });

beforeEach(() => {
  nowMs = START;
  fetches = 0;
  next = lasting('first', 900);
  kept = new Kept({
    clock: { now: () => new Date(nowMs) },
    renewBeforeEndMs: 300_000,
    uselessBeforeEndMs: 60_000,
    fetch: () => {
      fetches += 1;
      return next();
    },
  });
});

describe('what is kept', () => {
  it('is fetched once for all who ask at the same time, and not again before it nears its end', async () => {
    expect(await Promise.all([kept.get(), kept.get(), kept.get()])).toEqual(['first', 'first', 'first']);
    nowMs += 599_000;
    expect(await kept.get()).toBe('first');
    expect(fetches).toBe(1);
  });

  it('is renewed before it ends, and nobody waits for that', async () => {
    await kept.get();
    const renewing = Promise.withResolvers<Fetched<string>>();
    next = () => renewing.promise;
    nowMs += 600_000;
    expect(await kept.get()).toBe('first');
    expect(await kept.get()).toBe('first');
    renewing.resolve({ value: 'second', endsAt: new Date(nowMs + 900_000) });
    await vi.waitFor(async () => expect(await kept.get()).toBe('second'));
    expect(fetches).toBe(2);
  });

  it('is waited for once what is kept is of no use any more', async () => {
    await kept.get();
    next = lasting('second', 900);
    nowMs += 840_000;
    expect(await kept.get()).toBe('second');
  });

  it('is handed out while it holds when the next one can not be had, and no longer', async () => {
    await kept.get();
    next = () => Promise.reject(new Error('away'));
    nowMs += 839_000;
    expect(await kept.get()).toBe('first');
    nowMs += 1_000;
    await expect(kept.get()).rejects.toThrow('away');
  });

  it('is not asked for again and again while its source is away', async () => {
    await kept.get();
    next = () => Promise.reject(new Error('away'));
    nowMs += 700_000;
    for (let i = 0; i < 5; i += 1) expect(await kept.get()).toBe('first');
    expect(fetches).toBe(2);
    nowMs += 5_000;
    await kept.get();
    expect(fetches).toBe(3);
  });

  it('is fetched anew once it was forgotten, and a failure is not kept', async () => {
    await kept.get();
    kept.forget();
    next = () => Promise.reject(new Error('away'));
    await expect(kept.get()).rejects.toThrow('away');
    next = async () => ({ value: 'for ever' });
    expect(await kept.get()).toBe('for ever');
    nowMs += 1e12;
    expect(await kept.get()).toBe('for ever');
    expect(fetches).toBe(3);
  });
});
