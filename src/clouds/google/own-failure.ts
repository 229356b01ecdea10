import { FirebreakError } from '../../core/firebreak-error.ts';

/** A sentence of our own that the library wrapped: what it asks is then not sent at all. */
export const ownFailure = (thrown: unknown): FirebreakError | undefined => {
  if (thrown instanceof FirebreakError) return thrown;
  return thrown instanceof Error ? ownFailure(thrown.cause) : undefined;
};
