import { setTimeout as delay } from 'node:timers/promises';

const LOOK_EVERY_MS = 25;
const PATIENCE_MS = 45_000;

/** Resolves with the first value that is neither undefined nor false. Looks again and again, for what nothing announces. */
export const until = async <Value>(
  what: string,
  look: () => Promise<Value | undefined | false> | Value | undefined | false,
  patienceMs: number = PATIENCE_MS,
): Promise<Value> => {
  const end = performance.now() + patienceMs;
  for (;;) {
    const found = await look();
    if (found !== undefined && found !== false) return found;
    if (performance.now() > end) throw new Error(`not so within ${patienceMs} ms: ${what}`);
    await delay(LOOK_EVERY_MS);
  }
};
