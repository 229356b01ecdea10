import { createHash } from 'node:crypto';

/** A small object must not cost a whole part of memory. */
const FIRST_BYTES = 64 * 1024;
/** Few steps: what a buffer grew out of lies around until it is collected. */
const GROWTH = 16;

/** One part while it is gathered. It grows from `first` to `limit` bytes and is used again for a later part. */
export class PartBuffer {
  readonly #limit: number;
  #bytes: Buffer;
  #length = 0;
  #hash = createHash('sha256');

  constructor(limit: number, first: number = FIRST_BYTES) {
    this.#limit = limit;
    this.#bytes = Buffer.allocUnsafe(Math.min(first, limit));
  }

  get length(): number {
    return this.#length;
  }

  get isFull(): boolean {
    return this.#length === this.#limit;
  }

  /** Copies what fits. Returns how many bytes that was. */
  add(piece: Uint8Array): number {
    const taken = piece.subarray(0, this.#limit - this.#length);
    this.#makeRoom(this.#length + taken.length);
    this.#bytes.set(taken, this.#length);
    this.#length += taken.length;
    this.#hash.update(taken);
    return taken.length;
  }

  /** What was gathered; it stays as it is until `clear`. */
  content(): { readonly body: Uint8Array; readonly sha256: Buffer } {
    return { body: this.#bytes.subarray(0, this.#length), sha256: this.#hash.copy().digest() };
  }

  clear(): void {
    this.#length = 0;
    this.#hash = createHash('sha256');
  }

  #makeRoom(wanted: number): void {
    if (wanted <= this.#bytes.length) return;
    const grown = Buffer.allocUnsafe(Math.min(this.#limit, Math.max(wanted, GROWTH * this.#bytes.length)));
    this.#bytes.copy(grown, 0, 0, this.#length);
    this.#bytes = grown;
  }
}
