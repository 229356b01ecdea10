import { FirebreakError } from './firebreak-error.ts';

/** What was read, or undefined where there is none. */
export const unlessAbsent = async (read: Promise<unknown>): Promise<unknown> => {
  try {
    return await read;
  } catch (thrown) {
    if (thrown instanceof FirebreakError && thrown.code === 'not-found') return undefined;
    throw thrown;
  }
};
