/** Shorter strings are not redacted: they would blot out ordinary words. */
const MIN_SECRET_LENGTH = 8;
const REDACTED = '[redacted]';
/** Slack's tokens and bearer tokens by their shape, whoever holds them. */
const SHAPES =
  /\b(?:xox[a-z]|xapp)-[\w-]{8,}|\bBearer\s+[\w.~+/=-]{8,}|(?<=:\/\/[^\s/:@]{0,64}:)[^\s/@]{3,}(?=@)/giu;

/** Takes known secrets, and whatever looks like one, out of a text that leaves the process. */
export const createRedactor = (secrets: readonly (string | undefined)[]): ((text: string) => string) => {
  const known = secrets
    .filter((secret): secret is string => secret !== undefined && secret.length >= MIN_SECRET_LENGTH)
    .toSorted((a, b) => b.length - a.length);
  return (text) =>
    known.reduce((left, secret) => left.replaceAll(secret, REDACTED), text).replace(SHAPES, REDACTED);
};
