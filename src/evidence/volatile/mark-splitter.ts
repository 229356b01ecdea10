/** What stands between two marks: `\0…` after a mark that separates files, ` …` after one that begins a section. */
export interface MarkedPiece {
  readonly bytes: Buffer;
  /** Bytes that were dropped because the piece was longer than the limit. */
  readonly dropped: number;
}

/** A stream of single bytes would otherwise cost a hundred times its length. */
const PARTS_LIMIT = 256;

/** Splits a stream at a mark. Holds one piece, capped, and as much as a mark may be cut by two chunks. */
export class MarkSplitter {
  readonly #mark: Buffer;
  readonly #limit: number;
  readonly #take: (piece: MarkedPiece) => void;
  #carry: Buffer = Buffer.alloc(0);
  #parts: Buffer[] = [];
  #kept = 0;
  #dropped = 0;

  constructor(mark: string, limitBytes: number, take: (piece: MarkedPiece) => void) {
    this.#mark = Buffer.from(mark, 'latin1');
    this.#limit = limitBytes;
    this.#take = take;
  }

  add(chunk: Uint8Array): void {
    const bytes = Buffer.concat([this.#carry, chunk]);
    let start = 0;
    for (let at = bytes.indexOf(this.#mark); at !== -1; at = bytes.indexOf(this.#mark, start)) {
      this.#extend(bytes.subarray(start, at));
      this.#emit();
      start = at + this.#mark.length;
    }
    const keep = Math.max(start, bytes.length - this.#mark.length + 1);
    this.#extend(bytes.subarray(start, keep));
    this.#carry = Buffer.from(bytes.subarray(keep));
  }

  end(): void {
    this.#extend(this.#carry);
    this.#carry = Buffer.alloc(0);
    this.#emit();
  }

  #extend(bytes: Buffer): void {
    const kept = bytes.subarray(0, Math.max(this.#limit - this.#kept, 0));
    if (kept.length > 0) this.#parts.push(Buffer.from(kept));
    if (this.#parts.length > PARTS_LIMIT) this.#parts = [Buffer.concat(this.#parts)];
    this.#kept += kept.length;
    this.#dropped += bytes.length - kept.length;
  }

  #emit(): void {
    const piece = { bytes: Buffer.concat(this.#parts), dropped: this.#dropped };
    this.#parts = [];
    this.#kept = 0;
    this.#dropped = 0;
    this.#take(piece);
  }
}
