import { type ErrorCode, FirebreakError } from '../../../core/firebreak-error.ts';
import type { ExecuteContext } from '../../../core/verb.ts';
import { STEPS } from '../isolation-steps.ts';

/** The run itself is at its end, or in other hands. */
const ENDS_RUN: ReadonlySet<ErrorCode> = new Set([
  'superseded',
  'interrupted',
  'cancelled',
  'database-unavailable',
]);

/**
 * Cuts the pod off from its node, where that is planned; a whole sentence where it could not be done. The deny stands
 * already then, and the proof says what that is worth.
 */
export const cutAtNode = async ({
  change,
  signal,
}: Pick<ExecuteContext, 'change' | 'signal'>): Promise<string | undefined> => {
  try {
    await change(STEPS.node);
    return undefined;
  } catch (thrown) {
    signal.throwIfAborted();
    if (!(thrown instanceof FirebreakError) || ENDS_RUN.has(thrown.code)) throw thrown;
    return `It was not cut off from its node: ${thrown.message} ${thrown.next}`;
  }
};
