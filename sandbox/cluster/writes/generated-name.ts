/** Letters and digits of generated names: no vowels, so that they spell nothing. Source: apimachinery, util/rand. */
const NAME_LETTERS = 'bcdfghjklmnpqrstvwxz2456789';
const GENERATED = 5;

/** A name that nobody else has: the prefix and five letters. */
export const generatedName = (prefix: string): string => {
  const letters = [...crypto.getRandomValues(new Uint8Array(GENERATED))].map(
    (byte) => NAME_LETTERS[byte % NAME_LETTERS.length],
  );
  return `${prefix}${letters.join('')}`;
};
