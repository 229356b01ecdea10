import { type FirebreakError, retold } from '../core/firebreak-error.ts';
import { impersonatedUser } from '../core/impersonation.ts';
import type { Attribution } from './attribution.ts';

/** A sentence where the rights of runs may be bound to a user as whom they do not act; nothing otherwise. */
export const attributionNote = (attribution: Attribution, cluster: string): string =>
  attribution.kind === 'too much'
    ? ` Runs do not act as ${impersonatedUser(cluster)} here, since Firebreak’s identity may impersonate more than that user: ${attribution.what.join(', ')}.`
    : '';

/** The same failure; a refusal says as whom it came, since more rights for the identity would be the wrong answer. */
export const withAttribution = (
  failure: FirebreakError,
  attribution: Attribution,
  cluster: string,
): FirebreakError => {
  const note = attributionNote(attribution, cluster);
  if (failure.code !== 'not-allowed' || note === '') return failure;
  return retold(failure, {
    message: `${failure.message}${note}`,
    next: `Take that right away from it, or grant the rights of runs to itself: \`firebreak permissions ${cluster}\` prints the one, with --direct the other; \`firebreak check ${cluster}\` says what is missing.`,
  });
};
