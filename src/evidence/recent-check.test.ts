import { expect, test } from 'vitest';
import type { Clock } from '../core/clock.ts';
import { recentCheck } from './recent-check.ts';

const handClock = () => {
  let ms = 0;
  const clock: Clock = {
    now: () => new Date(ms),
    monotonicMs: () => ms,
    sleep: () => Promise.reject(new Error('nobody sleeps here')),
  };
  const pass = (more: number): void => {
    ms += more;
  };
  return { clock, pass };
};
const never = new AbortController().signal;

test('asks again after half a minute, not before, whatever the answer was', async () => {
  const { clock, pass } = handClock();
  const answers = [new Error('full'), undefined, undefined];
  let asked = 0;
  const check = recentCheck(async () => {
    const failure = answers[asked];
    asked += 1;
    if (failure !== undefined) throw failure;
  }, clock);
  await expect(check(never)).rejects.toThrow('full');
  pass(29_999);
  await expect(check(never)).rejects.toThrow('full');
  expect(asked).toBe(1);
  pass(1);
  await check(never);
  await check(never);
  expect(asked).toBe(2);
});

test('shares one check that is under way, and keeps it for the next when a prober went away', async () => {
  const { clock, pass } = handClock();
  const slow = Promise.withResolvers<void>();
  let asked = 0;
  const check = recentCheck(() => {
    asked += 1;
    return slow.promise;
  }, clock);
  const leaving = new AbortController();
  const first = check(leaving.signal);
  leaving.abort(new Error('gone'));
  await expect(first).rejects.toThrow('gone');
  pass(60_000);
  const second = check(never);
  slow.resolve();
  await second;
  expect(asked).toBe(1);
});
