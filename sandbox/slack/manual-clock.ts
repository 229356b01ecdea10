import type { SlackClock } from './clock.ts';

export interface ManualClock extends SlackClock {
  /** Moves time forward by `ms` and runs what became due, in the order of its due time. */
  advance(ms: number): void;
}

interface Alarm {
  readonly dueAt: number;
  readonly callback: () => void;
}

/** A clock that stands still until it is told to move. `startAt` is in milliseconds since the epoch. */
export function createManualClock(startAt: number): ManualClock {
  let now = startAt;
  const alarms = new Set<Alarm>();
  const nextDue = (until: number): Alarm | undefined =>
    [...alarms].filter((alarm) => alarm.dueAt <= until).sort((a, b) => a.dueAt - b.dueAt)[0];

  return {
    now: () => now,
    after(delayMs, callback) {
      const alarm: Alarm = { dueAt: now + delayMs, callback };
      alarms.add(alarm);
      return { [Symbol.dispose]: () => alarms.delete(alarm) };
    },
    advance(ms) {
      const until = now + ms;
      for (let alarm = nextDue(until); alarm !== undefined; alarm = nextDue(until)) {
        alarms.delete(alarm);
        now = Math.max(now, alarm.dueAt);
        alarm.callback();
      }
      now = until;
    },
  };
}
