const BLOCK_BYTES = 512;
/** Two blocks of zeros end an archive. Source: POSIX.1-2024, pax, "ustar Interchange Format". */
const END_BYTES = 2 * BLOCK_BYTES;

/** Watches a stream go by and says whether it ended as an archive ends. Keeps nothing of it. */
export class TarEnd {
  #bytes = 0;
  #zeros = 0;

  add(piece: Uint8Array): void {
    this.#bytes += piece.length;
    const tail = piece.subarray(Math.max(0, piece.length - END_BYTES));
    const zeros = tail.length - (tail.findLastIndex((byte) => byte !== 0) + 1);
    this.#zeros = zeros === piece.length ? Math.min(END_BYTES, this.#zeros + zeros) : zeros;
  }

  get isWhole(): boolean {
    return this.#bytes % BLOCK_BYTES === 0 && this.#zeros >= END_BYTES;
  }
}
