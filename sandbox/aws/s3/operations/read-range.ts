import { S3Error } from '../protocol/s3-error.ts';

/** Bytes from `start` up to, not including, `end`. */
export interface ByteRange {
  readonly start: number;
  readonly end: number;
}

/**
 * One range of RFC 9110. A header that is none, or has several ranges, is ignored as S3 does. Throws InvalidRange.
 * @param size The object's length in bytes.
 */
export function readRange(header: string | undefined, size: number): ByteRange | undefined {
  const [, first, last] = /^bytes=(\d*)-(\d*)$/.exec(header ?? '') ?? [];
  if (first === undefined || last === undefined || (first === '' && last === '')) return undefined;
  const start = first === '' ? Math.max(size - Number(last), 0) : Number(first);
  const end = first === '' || last === '' ? size : Math.min(Number(last) + 1, size);
  if (start >= size || (first === '' && Number(last) === 0))
    throw new S3Error('InvalidRange', {
      fields: { RangeRequested: header ?? '', ActualObjectSize: String(size) },
      headers: { 'content-range': `bytes */${size}` },
    });
  return start < end ? { start, end } : undefined;
}
