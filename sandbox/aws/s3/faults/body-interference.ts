import { Transform, type TransformCallback } from 'node:stream';
import { ConnectionCut } from './connection-cut.ts';
import type { Hit } from './faults.ts';

/**
 * How much of a held body is taken in. A connection that nobody reads does not show that its client has died, so a
 * hold goes on reading; beyond this it stops, and memory with it.
 */
const MAX_HELD_BYTES = 64 * 1024 ** 2;

/** Stands in front of a request's body, and cuts or holds it after so many bytes. */
export class BodyInterference extends Transform {
  readonly #hit: Hit;
  readonly #afterBytes: number;
  readonly #over: Promise<'released' | 'gone'>;
  readonly #held: Buffer[] = [];
  #passed = 0;
  #state: 'before' | 'holding' | 'over' = 'before';

  /** @param gone Resolves when the client's connection is closed. */
  constructor(hit: Hit, afterBytes: number, gone: Promise<void>) {
    super();
    this.#hit = hit;
    this.#afterBytes = afterBytes;
    this.#over = Promise.race([
      hit.released.then(() => 'released' as const),
      gone.then(() => 'gone' as const),
    ]);
  }

  override _transform(data: Buffer, _encoding: BufferEncoding, done: TransformCallback): void {
    this.#passed += data.length;
    if (this.#state === 'before' && this.#passed >= this.#afterBytes) {
      this.#hit.markReached();
      if (this.#hit.fault.kind === 'cut body') {
        done(new ConnectionCut('cut in the body'));
        return;
      }
      this.#state = 'holding';
      void this.#over.then((how) => this.#letGo(how));
    }
    if (this.#state === 'holding') this.#held.push(data);
    else this.push(data);
    if (this.#state === 'holding' && this.#passed - this.#afterBytes > MAX_HELD_BYTES)
      void this.#doneWhenOver(done);
    else done();
  }

  override _flush(done: TransformCallback): void {
    if (this.#state === 'holding') void this.#doneWhenOver(done);
    else done();
  }

  async #doneWhenOver(done: TransformCallback): Promise<void> {
    await this.#over;
    done();
  }

  // The rest of the body counts as never sent when the client has gone meanwhile.
  #letGo(how: 'released' | 'gone'): void {
    if (how === 'gone') this.destroy(new ConnectionCut('the client went away'));
    this.#state = 'over';
    for (const data of this.#held.splice(0)) if (!this.destroyed) this.push(data);
  }
}
