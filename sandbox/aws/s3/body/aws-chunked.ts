import { createHash, type Hash } from 'node:crypto';
import { Transform, type TransformCallback } from 'node:stream';
import { S3Error } from '../protocol/s3-error.ts';
import type { ChunkSignatures } from './chunk-signatures.ts';

type Phase = 'size' | 'data' | 'end of data' | 'trailer' | 'done';
const LONGEST_LINE_BYTES = 4096;

/**
 * Takes the frames off a body with `Content-Encoding: aws-chunked` and lets the data through.
 * `<size in hex>[;chunk-signature=<hex>]\r\n<data>\r\n`, a chunk of size 0, then trailers.
 */
export class AwsChunked extends Transform {
  /** Lower-case names; whole when the stream has ended. */
  readonly trailers = new Map<string, string>();
  readonly #signatures: ChunkSignatures | undefined;
  #phase: Phase = 'size';
  #line = Buffer.alloc(0);
  #left = 0;
  #last = false;
  #signature = '';
  #hash: Hash = createHash('sha256');

  constructor(signatures: ChunkSignatures | undefined) {
    super();
    this.#signatures = signatures;
  }

  override _transform(data: Buffer, _encoding: BufferEncoding, done: TransformCallback): void {
    try {
      let rest: Buffer = data;
      while (rest.length > 0) rest = this.#phase === 'data' ? this.#takeData(rest) : this.#takeLine(rest);
      done();
    } catch (error) {
      done(error instanceof Error ? error : new Error(String(error)));
    }
  }

  override _flush(done: TransformCallback): void {
    try {
      // Some clients leave out the last empty line.
      if (this.#phase === 'trailer' && this.#line.length > 0)
        this.#trailerLine(this.#line.toString('latin1'));
      if (this.#phase === 'trailer') this.#finish();
      if (this.#phase !== 'done') throw new S3Error('IncompleteBody');
      done();
    } catch (error) {
      done(error instanceof Error ? error : new Error(String(error)));
    }
  }

  #takeData(data: Buffer): Buffer {
    const piece = data.subarray(0, this.#left);
    if (this.#signatures !== undefined) this.#hash.update(piece);
    this.push(piece);
    this.#left -= piece.length;
    if (this.#left === 0) this.#phase = 'end of data';
    return data.subarray(piece.length);
  }

  #takeLine(data: Buffer): Buffer {
    const feed = data.indexOf(10);
    this.#line = Buffer.concat([this.#line, feed < 0 ? data : data.subarray(0, feed)]);
    if (this.#line.length > LONGEST_LINE_BYTES) throw new S3Error('IncompleteBody');
    if (feed < 0) return data.subarray(data.length);
    const line = this.#line.toString('latin1').replace(/\r$/, '');
    this.#line = Buffer.alloc(0);
    this.#takeWholeLine(line);
    return data.subarray(feed + 1);
  }

  #takeWholeLine(line: string): void {
    if (this.#phase === 'size') this.#sizeLine(line);
    else if (this.#phase === 'end of data') this.#endOfData(line);
    else if (this.#phase === 'trailer' && line !== '') this.#trailerLine(line);
    else if (this.#phase === 'trailer') this.#finish();
    else if (line !== '') throw new S3Error('IncompleteBody');
  }

  #sizeLine(line: string): void {
    const [, size, signature = ''] =
      /^([0-9a-fA-F]{1,12})(?:;chunk-signature=([0-9a-f]{64}))?$/.exec(line) ?? [];
    if (size === undefined) throw new S3Error('IncompleteBody');
    this.#left = Number.parseInt(size, 16);
    this.#last = this.#left === 0;
    this.#signature = signature;
    if (this.#last) this.#checkChunk();
    this.#phase = this.#last ? 'trailer' : 'data';
  }

  #endOfData(line: string): void {
    if (line !== '') throw new S3Error('IncompleteBody');
    this.#checkChunk();
    this.#phase = 'size';
  }

  #checkChunk(): void {
    this.#signatures?.checkChunk(this.#signature, this.#hash.digest('hex'));
    this.#hash = createHash('sha256');
  }

  #trailerLine(line: string): void {
    const [, name, value] = /^([\w-]+)\s*:\s*(.*?)\s*$/.exec(line) ?? [];
    if (name === undefined || value === undefined) throw new S3Error('MalformedTrailerError');
    this.trailers.set(name.toLowerCase(), value);
  }

  #finish(): void {
    this.#phase = 'done';
    const signature = this.trailers.get('x-amz-trailer-signature');
    this.trailers.delete('x-amz-trailer-signature');
    if (this.#signatures === undefined || this.trailers.size === 0) return;
    const lines = Array.from(this.trailers, ([name, value]) => `${name}:${value}\n`).toSorted(byCode);
    this.#signatures.checkTrailer(signature ?? '', lines.join(''));
  }
}

function byCode(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
