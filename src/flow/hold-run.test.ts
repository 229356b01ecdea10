import { expect, test } from 'vitest';
import type { Clock } from '../core/clock.ts';
import { HEARTBEAT_INTERVAL_MS, type Hold, holdRun } from './hold-run.ts';
import type { Ledger, Run } from './ledger.ts';

type Answer = Awaited<ReturnType<Ledger['heartbeat']>>;

interface Play {
  readonly hold: Hold;
  readonly beats: readonly unknown[];
  /** Lets the loop's pause pass once. */
  wake(): Promise<void>;
  answer: Answer | Error;
}

const play = (stopping: AbortSignal = new AbortController().signal): Play => {
  const beats: unknown[] = [];
  let asleep = Promise.withResolvers<() => void>();
  const clock: Clock = {
    now: () => new Date(0),
    monotonicMs: () => 0,
    sleep: (ms, signal) => {
      expect(ms).toBe(HEARTBEAT_INTERVAL_MS);
      const { promise, resolve, reject } = Promise.withResolvers<void>();
      signal.addEventListener('abort', () => reject(signal.reason));
      if (signal.aborted) reject(signal.reason);
      asleep.resolve(resolve);
      return promise;
    },
  };
  const heartbeat: Ledger['heartbeat'] = async (_run, fence, progress) => {
    beats.push([fence, progress]);
    if (made.answer instanceof Error) throw made.answer;
    return made.answer;
  };
  const wake = async (): Promise<void> => {
    const resume = await asleep.promise;
    asleep = Promise.withResolvers();
    resume();
    await asleep.promise;
  };
  const silent = { info: () => undefined, warn: () => undefined, error: () => undefined };
  const made: Omit<Play, 'hold'> = { beats, wake, answer: 'held' };
  const run: Pick<Run, 'id'> = { id: 'FB-2026-0001-1' };
  return Object.assign(made, {
    hold: holdRun({ ledger: { heartbeat }, clock, log: silent }, run, 3, stopping),
  });
};

test('beats with its fencing number and the newest progress until it is released', async () => {
  const it = play();
  await it.wake();
  it.hold.progress({ phase: 'files', bytes: 7 });
  await it.wake();
  await it.hold.release();
  expect(it.beats).toEqual([
    [3, undefined],
    [3, undefined],
    [3, { phase: 'files', bytes: 7 }],
  ]);
  expect(it.hold.signal.aborted).toBe(false);
});

test('waits for a database that is away, and goes on when it is back', async () => {
  const it = play();
  it.answer = new Error('away');
  await it.wake();
  expect(it.hold.signal.aborted).toBe(false);
  it.answer = 'held';
  await it.wake();
  await it.hold.stillHeld();
  await it.hold.release();
});

test('stops for good when another worker holds the run', async () => {
  const it = play();
  it.answer = 'lost';
  await expect(it.hold.stillHeld()).rejects.toMatchObject({ code: 'superseded' });
  expect(it.hold.signal.reason).toMatchObject({ code: 'superseded' });
  await it.hold.release();
});

test('a cancelled run is stopped and still held, so that it can be sealed; losing it then is noticed', async () => {
  const it = play();
  it.answer = 'cancel requested';
  await it.hold.stillHeld();
  expect(it.hold.signal.reason).toMatchObject({ code: 'cancelled' });
  const before = it.beats.length;
  await it.wake();
  expect(it.beats.length).toBeGreaterThan(before);
  it.answer = 'lost';
  await expect(it.hold.stillHeld()).rejects.toMatchObject({ code: 'superseded' });
  await it.hold.release();
});

test('a process that is stopping interrupts it, also when it stopped before', async () => {
  const stopping = new AbortController();
  const it = play(stopping.signal);
  stopping.abort();
  expect(it.hold.signal.reason).toMatchObject({ code: 'interrupted' });
  await it.hold.release();
  const late = play(stopping.signal);
  expect(late.hold.signal.reason).toMatchObject({ code: 'interrupted' });
  await late.hold.release();
});
