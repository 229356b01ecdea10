import { printable } from './printable.ts';

/** A line of a suspect's tar holds at most a path; what is longer is cut. */
const LINE_LIMIT_BYTES = 8192;
/** Lines that are kept as notes; more are counted. */
const MESSAGE_LIMIT = 200;
const LIST_LIMIT = 1000;
/** Of all marked values together: a suspect's shell knows the mark, and its lines may never end. */
const VALUES_LIMIT_BYTES = 256 * 1024;

/** What the collector says. Another key is somebody's forgery, and is not kept. */
const KEYS = [
  'absent',
  'barred',
  'begin',
  'bytes',
  'end',
  'lacking',
  'mount',
  'parted',
  'refused',
  'room',
  'sha256',
  'status',
  'stopped',
  'tool',
  'untold',
] as const;
export type ReportKey = (typeof KEYS)[number];

/** GNU tar and busybox tar, when they can't go on; what they left is a torso. */
const FATAL =
  /not recoverable|memory exhausted|out of memory|cannot write|write error|short write|No space/iu;
/** One path that is not in the archive, or not as it was. */
const UNREADABLE =
  /Permission denied|Operation not permitted|Cannot open|can't open|Read error|Cannot readlink/iu;

/** What the collector said on stderr: its own marked lines, and what the container's tools said. */
export class CollectorReport {
  readonly #mark: string;
  readonly #values = new Map<ReportKey, string>();
  readonly #lists = new Map<ReportKey, string[]>();
  readonly #messages: string[] = [];
  #line: Buffer[] = [];
  #lineBytes = 0;
  #dropped = 0;
  #listedBytes = 0;
  #unreadable = 0;
  #fatal: string | undefined;

  constructor(mark: string) {
    this.#mark = mark;
  }

  add(piece: Uint8Array): void {
    let rest = Buffer.from(piece.buffer, piece.byteOffset, piece.byteLength);
    for (let end = rest.indexOf(0x0a); end !== -1; end = rest.indexOf(0x0a)) {
      this.#extend(rest.subarray(0, end));
      this.#endLine();
      rest = rest.subarray(end + 1);
    }
    this.#extend(rest);
  }

  /** The stream is over: a last line without a newline counts as a message, never as a mark. */
  end(): void {
    if (this.#lineBytes > 0) this.#message(Buffer.concat(this.#line));
    this.#line = [];
    this.#lineBytes = 0;
  }

  /** The rest of the last marked line with this key. */
  value(key: ReportKey): string | undefined {
    return this.#values.get(key);
  }

  /** The value as a count of bytes; undefined when it was not said or is none. */
  count(key: ReportKey): number | undefined {
    const text = this.#values.get(key);
    return text !== undefined && /^\d{1,15}$/u.test(text) ? Number(text) : undefined;
  }

  /** The rests of all marked lines with this key, at most 1000, and 256 KiB of all keys together. */
  list(key: ReportKey): readonly string[] {
    return this.#lists.get(key) ?? [];
  }

  /** What the tools said, at most 200 lines, made printable. */
  get messages(): readonly string[] {
    return this.#dropped === 0
      ? this.#messages
      : [...this.#messages, `${this.#dropped} more lines were dropped.`];
  }

  /** Lines that name a path which could not be read. */
  get unreadable(): number {
    return this.#unreadable;
  }

  /** The tool's own word that it could not go on. */
  get fatal(): string | undefined {
    return this.#fatal;
  }

  #extend(bytes: Buffer): void {
    const room = LINE_LIMIT_BYTES - this.#lineBytes;
    const kept = bytes.subarray(0, Math.max(room, 0));
    if (kept.length === 0) return;
    this.#line.push(Buffer.from(kept));
    this.#lineBytes += kept.length;
  }

  #endLine(): void {
    const line = Buffer.concat(this.#line);
    this.#line = [];
    this.#lineBytes = 0;
    const at = line.indexOf(`${this.#mark} `);
    if (at === -1) {
      this.#message(line);
      return;
    }
    // Another process may have been in the middle of its line.
    if (at > 0) this.#message(line.subarray(0, at));
    const text = printable(line.subarray(at + this.#mark.length + 1));
    const space = text.indexOf(' ');
    const word = space === -1 ? text : text.slice(0, space);
    const key = KEYS.find((known) => known === word);
    if (key === undefined) return;
    const value = space === -1 ? '' : text.slice(space + 1);
    this.#values.set(key, value);
    const list = this.#lists.get(key) ?? [];
    this.#listedBytes += value.length;
    if (list.length < LIST_LIMIT && this.#listedBytes <= VALUES_LIMIT_BYTES) list.push(value);
    this.#lists.set(key, list);
  }

  #message(line: Buffer): void {
    const text = printable(line);
    if (text === '') return;
    if (FATAL.test(text)) this.#fatal ??= text;
    if (UNREADABLE.test(text)) this.#unreadable += 1;
    if (this.#messages.length < MESSAGE_LIMIT) this.#messages.push(text);
    else this.#dropped += 1;
  }
}
