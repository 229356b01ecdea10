import { setTimeout as delay } from 'node:timers/promises';

const LOOK_EVERY_MS = 25;
const PATIENCE_MS = 45_000;

/** Resolves with the first value that is neither undefined nor false. Looks again and again, for what nothing announces. */
export const until = async <Value>(
  what: string,
  look: () => Promise<Value | undefined | false> | Value | undefined | false,
  found: () => Promise<string> | string = () => '',
): Promise<Value> => {
  const end = performance.now() + PATIENCE_MS;
  for (;;) {
    const value = await look();
    if (value !== undefined && value !== false) return value;
    if (performance.now() > end)
      throw new Error(`not so within ${PATIENCE_MS} ms: ${what}. ${await found()}`);
    await delay(LOOK_EVERY_MS);
  }
};
