const DOUBLE_QUOTES = '"“”„‟«»';
const SINGLE_QUOTES = "'‘’‚‛";
const DASHES = /^[—–―]/u;
/** Hyphens and minus signs that are not the ASCII one: documents and some keyboards have them. */
const HYPHENS = /^[‐‑‒−﹣－]/u;

const opening = (character: string): string =>
  DASHES.test(character) ? '--' : HYPHENS.test(character) ? '-' : character;

export type Words =
  | { readonly kind: 'words'; readonly words: readonly string[] }
  | { readonly kind: 'unclosed quote' };

/**
 * Splits a command as a shell would, without any expansion. Phones turn `--` into an em dash and quotes into curly
 * ones: a dash that opens a word is read as `--`, a hyphen of another kind as `-`, and every quote as its ASCII form.
 */
export const splitWords = (text: string): Words => {
  const words: string[] = [];
  let word: string | undefined;
  let quote: string | undefined;
  for (const character of text) {
    if (quote !== undefined) {
      if (quote.includes(character)) quote = undefined;
      else word = (word ?? '') + character;
    } else if (
      DOUBLE_QUOTES.includes(character) ||
      (SINGLE_QUOTES.includes(character) && !/\w$/u.test(word ?? ''))
    ) {
      quote = DOUBLE_QUOTES.includes(character) ? DOUBLE_QUOTES : SINGLE_QUOTES;
      word ??= '';
    } else if (/\s/u.test(character)) {
      if (word !== undefined) words.push(word);
      word = undefined;
    } else word = (word ?? '') + (word === undefined || word === '-' ? opening(character) : character);
  }
  if (quote !== undefined) return { kind: 'unclosed quote' };
  if (word !== undefined) words.push(word);
  return { kind: 'words', words };
};

const containsAny = (word: string, characters: string): boolean =>
  Array.from(word).some((character) => characters.includes(character));

const quoted = (word: string): string => {
  const plain =
    word !== '' &&
    !/\s/u.test(word) &&
    !DASHES.test(word) &&
    !HYPHENS.test(word) &&
    !containsAny(word, DOUBLE_QUOTES + SINGLE_QUOTES);
  if (plain) return word;
  if (!containsAny(word, DOUBLE_QUOTES)) return `"${word}"`;
  if (!containsAny(word, SINGLE_QUOTES)) return `'${word}'`;
  // No quote can hold both kinds.
  return `"${Array.from(word)
    .filter((character) => !DOUBLE_QUOTES.includes(character))
    .join('')}"`;
};

/** The opposite of `splitWords`: a command that is split into these words again. */
export const joinWords = (words: readonly string[]): string => words.map(quoted).join(' ');
