import { createReadStream } from 'node:fs';
import { Readable } from 'node:stream';

/** A piece of a file: bytes from `start` up to, not including, `end`. */
export interface Segment {
  readonly file: string;
  readonly start: number;
  readonly end: number;
}

export function wholeFile(file: string, size: number): readonly Segment[] {
  return size === 0 ? [] : [{ file, start: 0, end: size }];
}

export function lengthOf(segments: readonly Segment[]): number {
  return segments.reduce((sum, { start, end }) => sum + end - start, 0);
}

/** The bytes from `start` up to `end` of what the segments make together. */
export function sliceSegments(segments: readonly Segment[], start: number, end: number): readonly Segment[] {
  const found: Segment[] = [];
  let at = 0;
  for (const segment of segments) {
    const length = segment.end - segment.start;
    const from = Math.max(start - at, 0);
    const to = Math.min(end - at, length);
    if (from < to) found.push({ file: segment.file, start: segment.start + from, end: segment.start + to });
    at += length;
  }
  return found;
}

/** Streams the segments one after the other; never more than a buffer of it is in memory. */
export function readSegments(segments: readonly Segment[]): Readable {
  return Readable.from(chunks(segments), { objectMode: false });
}

async function* chunks(segments: readonly Segment[]): AsyncGenerator<Buffer> {
  for (const { file, start, end } of segments) yield* createReadStream(file, { start, end: end - 1 });
}
