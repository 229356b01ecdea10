import type { SecretFilter } from './secret-filter.ts';

/** A sentence of the server longer than this says nothing more to a person. */
const SHOWN_CHARACTERS = 400;

/** Text of a server that may be hostile, made fit for a sentence: no secret, one line, bounded, no full stop at its end. */
export const serverText = (text: string, filter: SecretFilter): string => {
  const line = filter
    .clean(text)
    .replaceAll(/[\p{Cc}\p{Cf}\s]+/gu, ' ')
    .trim();
  const shown = line.length > SHOWN_CHARACTERS ? `${line.slice(0, SHOWN_CHARACTERS)}…` : line;
  return shown.replace(/[.:\s]+$/u, '');
};
