import { type MarkedPiece, MarkSplitter } from './mark-splitter.ts';

/** A section's beginning, and what follows its first line until the next mark. */
export interface Section {
  /** The first line's words. */
  readonly head: readonly string[];
  /** Everything after the first word, newlines too, bytes as latin1: for sections that are one line of any bytes. */
  readonly rest: string;
  readonly body: Buffer;
  readonly dropped: number;
}

export interface SectionTaker {
  section(section: Section): void;
  /** The content after a separator: the next of the files that were read together. */
  file(content: Buffer, dropped: number): void;
  /** What has another shape than the collector gives. */
  unread(): void;
}

/** What a separator holds before the mark; the collector gives its reader the environment `FB_MARK=<mark>`. */
const SEPARATOR_NAME = 'FB_MARK=';
const NUL = 0x00;
const NEWLINE = 0x0a;
const SPACE = 0x20;

/** Reads the framing of `volatile.sh`. */
export class MarkedSections {
  readonly #splitter: MarkSplitter;
  readonly #taker: SectionTaker;
  #held: MarkedPiece | undefined;
  #started = false;

  constructor(mark: string, pieceLimitBytes: number, taker: SectionTaker) {
    this.#taker = taker;
    this.#splitter = new MarkSplitter(mark, pieceLimitBytes, (piece) => this.#hold(piece));
  }

  add(chunk: Uint8Array): void {
    this.#splitter.add(chunk);
  }

  end(): void {
    this.#splitter.end();
    if (this.#held !== undefined) this.#piece(this.#held, 0);
    this.#held = undefined;
  }

  /** How much of a piece belongs to the mark after it is known only then, so each waits for the next. */
  #hold(piece: MarkedPiece): void {
    const before = this.#held;
    this.#held = piece;
    if (before === undefined) return;
    const tail = piece.bytes[0] === NUL ? SEPARATOR_NAME.length : 1;
    this.#piece(before, before.dropped > 0 ? 0 : tail);
  }

  #piece(piece: MarkedPiece, tail: number): void {
    if (!this.#started) {
      // Nothing stands before the first mark but a newline.
      this.#started = true;
      return;
    }
    const content = piece.bytes.subarray(1, Math.max(piece.bytes.length - tail, 1));
    if (piece.bytes[0] === NUL) this.#taker.file(content, piece.dropped);
    else if (piece.bytes[0] === SPACE) this.#taker.section(sectionOf(content, piece.dropped));
    else this.#taker.unread();
  }
}

const sectionOf = (content: Buffer, dropped: number): Section => {
  const newline = content.indexOf(NEWLINE);
  const first = newline === -1 ? content : content.subarray(0, newline);
  const head = first.toString('latin1').split(' ');
  return {
    head,
    rest: content.toString('latin1').slice((head[0] ?? '').length + 1),
    body: newline === -1 ? Buffer.alloc(0) : content.subarray(newline + 1),
    dropped,
  };
};
