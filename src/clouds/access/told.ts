import { type FirebreakError, retold } from '../../core/firebreak-error.ts';

/** The same failure in a provider's own words. */
export const told = (failure: FirebreakError, message: string, next: string): FirebreakError =>
  retold(failure, { message, next });
