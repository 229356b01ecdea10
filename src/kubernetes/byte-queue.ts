/** What a kept chunk costs beside its bytes, so that a flood of tiny messages counts too. */
const CHUNK_COST_BYTES = 128;

/**
 * The bytes of one channel between the socket and their one consumer. It never refuses bytes; its owner pauses the
 * socket while `held` is high. Ends normally: whether the stream was whole is said by the exec's status.
 */
export class ByteQueue implements AsyncIterable<Uint8Array> {
  readonly #changed: () => void;
  #chunks: Uint8Array[] = [];
  #held = 0;
  #state: 'open' | 'ended' | 'dropped' = 'open';
  #waiting: Array<(result: IteratorResult<Uint8Array>) => void> = [];

  /** `changed` is called after each chunk that was handed over, and when nothing more will be. */
  constructor(changed: () => void) {
    this.#changed = changed;
  }

  /** Bytes kept, with the cost of keeping them. */
  get held(): number {
    return this.#held;
  }

  /** The last byte was handed over, or its consumer has left. */
  get finished(): boolean {
    return this.#state === 'dropped' || (this.#state === 'ended' && this.#chunks.length === 0);
  }

  push(chunk: Uint8Array): void {
    if (this.#state !== 'open' || chunk.byteLength === 0) return;
    const waiting = this.#waiting.shift();
    if (waiting !== undefined) {
      waiting({ done: false, value: chunk });
      return;
    }
    this.#chunks.push(chunk);
    this.#held += chunk.byteLength + CHUNK_COST_BYTES;
  }

  /** No more bytes will come; what is kept is still handed over. */
  end(): void {
    if (this.#state === 'open') this.#state = 'ended';
    this.#release();
  }

  /** Throws away what is kept and what will come. */
  drop(): void {
    this.#state = 'dropped';
    this.#chunks = [];
    this.#held = 0;
    this.#release();
  }

  [Symbol.asyncIterator](): AsyncIterator<Uint8Array, undefined> {
    return {
      next: () => this.#next(),
      return: () => {
        this.drop();
        return Promise.resolve({ done: true, value: undefined });
      },
    };
  }

  #next(): Promise<IteratorResult<Uint8Array, undefined>> {
    const chunk = this.#chunks.shift();
    if (chunk !== undefined) {
      this.#held -= chunk.byteLength + CHUNK_COST_BYTES;
      this.#changed();
      return Promise.resolve({ done: false, value: chunk });
    }
    if (this.#state !== 'open') return Promise.resolve({ done: true, value: undefined });
    return new Promise((resolve) => {
      this.#waiting.push(resolve);
    });
  }

  #release(): void {
    for (const waiting of this.#waiting.splice(0)) waiting({ done: true, value: undefined });
    this.#changed();
  }
}
