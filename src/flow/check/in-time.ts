import { type CheckRow, failed, failedBy } from './check-row.ts';

/** Long enough for a provider and a cluster that answer slowly; what hangs must not hold the others. */
const PART_DEADLINE_MS = 30_000;
/** So many parts are looked at at once: each is a connection or two. */
const PARTS_AT_ONCE = 8;

/** A signal that also ends when a part has taken too long. */
export const partDeadline = (signal: AbortSignal): AbortSignal =>
  AbortSignal.any([signal, AbortSignal.timeout(PART_DEADLINE_MS)]);

/** A row for what was thrown; what the deadline ended is said to have had no answer. */
export const failedInTime = (what: string, thrown: unknown, signal: AbortSignal): CheckRow =>
  signal.aborted && thrown === signal.reason
    ? failed(
        what,
        `no answer within ${PART_DEADLINE_MS / 1_000} s`,
        'Look at the network between and at the health of the other side, then check again.',
        'no answer',
      )
    : failedBy(what, thrown);

/** Does the work for each item, some at once, and keeps their order. */
export const someAtOnce = async <Item, Value>(
  items: readonly Item[],
  work: (item: Item) => Promise<Value>,
  atOnce = PARTS_AT_ONCE,
): Promise<readonly Value[]> => {
  const results = new Map<number, Value>();
  const queue = items.entries();
  const worker = async (): Promise<void> => {
    for (const [at, item] of queue) results.set(at, await work(item));
  };
  await Promise.all(Array.from({ length: Math.min(atOnce, items.length) }, worker));
  return items.map((_, at) => results.get(at)).filter((value): value is Value => value !== undefined);
};
