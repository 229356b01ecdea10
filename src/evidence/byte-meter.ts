import { createHash } from 'node:crypto';

/** Counts and hashes what passes. */
export class ByteMeter {
  readonly #hash = createHash('sha256');
  #bytes = 0;

  add(piece: Uint8Array): void {
    this.#hash.update(piece);
    this.#bytes += piece.length;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** SHA-256 of everything so far, in hex; more may be added. */
  sha256(): string {
    return this.#hash.copy().digest('hex');
  }
}
