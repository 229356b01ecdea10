import { FirebreakError } from '../../core/firebreak-error.ts';

/** The same failure in a provider's own words. */
export const told = (failure: FirebreakError, message: string, next: string): FirebreakError => {
  const { code, retry, delivery, cause } = failure;
  return new FirebreakError({ code, message, next, retry, delivery, cause });
};
