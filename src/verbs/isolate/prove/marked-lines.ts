const NEWLINE = 0x0a;
/** No line that is ours is longer; the rest of a longer one is dropped with it. */
const LINE_BYTES = 512;

export interface MarkedLineTaker {
  /** A line that begins with the mark, without it. */
  readonly take: (line: string) => void;
  /** Every other line with its end. Left out, they are dropped. */
  readonly between?: (line: Buffer) => void;
}

/** Picks the lines that begin with a mark out of a stream, whatever its pieces. A last line without its end is none. */
export class MarkedLines {
  readonly #prefix: string;
  readonly #taker: MarkedLineTaker;
  #parts: Buffer[] = [];
  #bytes = 0;

  constructor(mark: string, taker: MarkedLineTaker) {
    this.#prefix = `${mark} `;
    this.#taker = taker;
  }

  add(piece: Uint8Array): void {
    let rest = Buffer.from(piece.buffer, piece.byteOffset, piece.byteLength);
    for (let end = rest.indexOf(NEWLINE); end !== -1; end = rest.indexOf(NEWLINE)) {
      this.#extend(rest.subarray(0, end + 1));
      this.#endLine();
      rest = rest.subarray(end + 1);
    }
    this.#extend(rest);
  }

  #extend(bytes: Buffer): void {
    const isKept = this.#bytes <= LINE_BYTES || this.#taker.between !== undefined;
    if (isKept && bytes.length > 0) this.#parts.push(Buffer.from(bytes));
    this.#bytes += bytes.length;
  }

  #endLine(): void {
    const { take, between } = this.#taker;
    const line = Buffer.concat(this.#parts);
    const isOurs = this.#bytes <= LINE_BYTES && line.toString('latin1').startsWith(this.#prefix);
    this.#parts = [];
    this.#bytes = 0;
    if (isOurs) take(line.toString('latin1', this.#prefix.length, line.length - 1));
    else between?.(line);
  }
}
