import type { Change } from '../../core/change.ts';
import type { ErrorCode } from '../../core/firebreak-error.ts';
import { FirebreakError } from '../../core/firebreak-error.ts';
import type { ExecuteContext } from '../../core/verb.ts';

/** Refusals after which the other steps go on: nothing was changed by this one. */
const REFUSED: ReadonlySet<ErrorCode> = new Set([
  'not-allowed',
  'not-found',
  'object-invalid',
  'conflict',
  'target-replaced',
]);

export interface TriedStep {
  readonly changes: readonly Change[];
  readonly refused?: FirebreakError;
}

/** Makes one step of a run, and hands a refusal back. Throws every other failure. */
export const tryStep = async (change: ExecuteContext['change'], step: string): Promise<TriedStep> => {
  try {
    return { changes: await change(step) };
  } catch (thrown) {
    if (thrown instanceof FirebreakError && REFUSED.has(thrown.code)) return { changes: [], refused: thrown };
    throw thrown;
  }
};
