/** Shorter strings are not redacted: they would blot out ordinary words. */
const MIN_SECRET_LENGTH = 8;
const REDACTED = '[redacted]';
/**
 * Secrets by their shape, whoever holds them: Slack's tokens, bearer tokens, the password in a URL, EKS tokens (a signed
 * URL behind `k8s-aws-v1.`), and of a request that was signed for AWS (Signature Version 4) the signature and the session
 * token, in a query as it is or encoded once more, and in a header.
 */
const SHAPES = new RegExp(
  [
    String.raw`\b(?:xox[a-z]|xapp)-[\w-]{8,}`,
    String.raw`\bBearer\s+[\w.~+/=-]{8,}`,
    String.raw`(?<=:\/\/[^\s/:@]{0,64}:)[^\s/@]{3,}(?=@)`,
    String.raw`\bk8s-aws-v1\.[\w-]{8,}`,
    String.raw`(?<=X-Amz-(?:Signature|Security-Token)(?:=|%3D|\\?"?\s?:\s?\\?"?))[^\s&"'<>\\]{8,}`,
    String.raw`(?<=\bSignature=)[\da-f]{16,}`,
  ].join('|'),
  'giu',
);

/** A secret as it may stand in a text: bare, within a JSON string, and of a URL its password alone, written and meant. */
const formsOf = (secret: string): readonly string[] => {
  const bare = [secret, ...passwordOf(secret)];
  return [...bare, ...bare.map((form) => JSON.stringify(form).slice(1, -1))];
};

const passwordOf = (secret: string): readonly string[] => {
  const password = URL.canParse(secret) ? new URL(secret).password : '';
  try {
    return [password, decodeURIComponent(password)];
  } catch {
    return [password];
  }
};

/** Takes known secrets, and whatever looks like one, out of a text that leaves the process. */
export const createRedactor = (secrets: readonly (string | undefined)[]): ((text: string) => string) => {
  const known = [...new Set(secrets.filter((secret) => secret !== undefined).flatMap(formsOf))]
    .filter(({ length }) => length >= MIN_SECRET_LENGTH)
    .toSorted((a, b) => b.length - a.length);
  return (text) =>
    known.reduce((left, secret) => left.replaceAll(secret, REDACTED), text).replace(SHAPES, REDACTED);
};
