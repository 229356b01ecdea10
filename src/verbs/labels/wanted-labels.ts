import { FirebreakError } from '../../core/firebreak-error.ts';
import type { Arguments } from '../../core/verb.ts';

const QUARANTINE = 'quarantine=true';

/** The labels that were asked for; `quarantine=true` where none were. Throws `command-invalid` for a key with two values. */
export const wantedLabels = (
  given: Arguments[string] | undefined,
): readonly { readonly key: string; readonly value: string }[] => {
  const pairs = new Map<string, string>();
  for (const pair of Array.isArray(given) ? given : [QUARANTINE]) {
    const at = pair.indexOf('=');
    const [key, value] = [pair.slice(0, at), pair.slice(at + 1)];
    if ((pairs.get(key) ?? value) !== value)
      throw new FirebreakError({
        code: 'command-invalid',
        message: `The label ${key} was given twice, with different values.`,
        next: 'Give it once.',
      });
    pairs.set(key, value);
  }
  return [...pairs].map(([key, value]) => ({ key, value }));
};
