/** How a stream came to its end. */
export type StreamEnd =
  | { readonly kind: 'ended' }
  | { readonly kind: 'capped' }
  | { readonly kind: 'cancelled' }
  | { readonly kind: 'failed'; readonly thrown: unknown };

export interface ReceiveOptions {
  /** Bytes that are taken; what comes after them is dropped and the end is `capped`. */
  readonly maxBytes: number;
  readonly signal: AbortSignal;
  /** Takes one piece. What it throws is thrown on: that is the store's failure, not the source's. */
  readonly take: (piece: Uint8Array) => Promise<void>;
}

const CANCELLED = Symbol('cancelled');

/** Waits for a promise or for the cancellation, whichever comes first, and keeps no trace of a wait that is over. */
class CancellableWait {
  #cancel: (() => void) | undefined;
  readonly #signal: AbortSignal;
  readonly #onAbort = (): void => this.#cancel?.();

  constructor(signal: AbortSignal) {
    this.#signal = signal;
    signal.addEventListener('abort', this.#onAbort);
  }

  async first<T>(pending: Promise<T>): Promise<T | typeof CANCELLED> {
    // One shared promise in every race would hold on to all of them until the stream ends.
    const { promise, resolve, reject } = Promise.withResolvers<T | typeof CANCELLED>();
    pending.then(resolve, reject);
    this.#cancel = () => resolve(CANCELLED);
    if (this.#signal.aborted) this.#cancel();
    return await promise;
  }

  end(): void {
    this.#signal.removeEventListener('abort', this.#onAbort);
  }
}

/**
 * Reads a stream once, piece by piece, and waits for each piece to be taken, so that a slow store slows the source.
 * A failure of the source and a cancellation are outcomes. The source is let go, not waited for: it may hang.
 */
export const receive = async (
  source: AsyncIterable<Uint8Array>,
  options: ReceiveOptions,
): Promise<StreamEnd> => {
  const { signal, maxBytes, take } = options;
  const iterator = source[Symbol.asyncIterator]();
  const wait = new CancellableWait(signal);
  const letGo = (): void => {
    Promise.resolve(iterator.return?.()).catch(() => undefined);
  };
  let room = maxBytes;
  try {
    for (;;) {
      const step = await wait.first(iterator.next()).catch((thrown: unknown) => ({ thrown }));
      if (step === CANCELLED) {
        letGo();
        return { kind: 'cancelled' };
      }
      if ('thrown' in step) return { kind: 'failed', thrown: step.thrown };
      if (step.done === true) return { kind: 'ended' };
      const piece = step.value.length > room ? step.value.subarray(0, room) : step.value;
      if (piece.length > 0) await take(piece);
      if (piece.length < step.value.length) {
        letGo();
        return { kind: 'capped' };
      }
      room -= piece.length;
    }
  } catch (thrown) {
    letGo();
    throw thrown;
  } finally {
    wait.end();
  }
};
