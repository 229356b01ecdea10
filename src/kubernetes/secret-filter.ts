/** Secrets shorter than this would hide ordinary words instead of themselves. */
const SHORTEST_SECRET = 6;
/** An access hands out a token every few minutes; older ones have expired. */
const KEPT_SECRETS = 16;

/**
 * Takes the secrets that one cluster's connection has used out of text. A hostile server can echo a token in its
 * answer, and an error message goes to a channel.
 */
export class SecretFilter {
  readonly #secrets = new Set<string>();

  know(secret: string | undefined): void {
    if (secret === undefined || secret.length < SHORTEST_SECRET) return;
    this.#secrets.delete(secret);
    this.#secrets.add(secret);
    for (const oldest of this.#secrets) {
      if (this.#secrets.size <= KEPT_SECRETS) break;
      this.#secrets.delete(oldest);
    }
  }

  clean(text: string): string {
    let clean = text;
    for (const secret of this.#secrets) clean = clean.replaceAll(secret, '[redacted]');
    return clean;
  }
}
