import { Transform, type TransformCallback } from 'node:stream';
import { ConnectionCut } from './connection-cut.ts';
import type { Hit } from './faults.ts';

/** Stands in front of a request's body, and cuts or holds it after so many bytes. */
export class BodyInterference extends Transform {
  readonly #hit: Hit;
  readonly #afterBytes: number;
  readonly #gone: Promise<void>;
  #passed = 0;
  #done = false;

  /** @param gone Resolves when the client's connection is closed. */
  constructor(hit: Hit, afterBytes: number, gone: Promise<void>) {
    super();
    this.#hit = hit;
    this.#afterBytes = afterBytes;
    this.#gone = gone;
  }

  override _transform(data: Buffer, _encoding: BufferEncoding, done: TransformCallback): void {
    this.#passed += data.length;
    if (this.#done || this.#passed < this.#afterBytes) done(null, data);
    else void this.#interfere(data, done);
  }

  async #interfere(data: Buffer, done: TransformCallback): Promise<void> {
    this.#done = true;
    this.#hit.markReached();
    if (this.#hit.fault.kind === 'hold in the body') await Promise.race([this.#hit.released, this.#gone]);
    if (this.#hit.fault.kind === 'cut body') done(new ConnectionCut('cut in the body'));
    else done(null, data);
  }
}
