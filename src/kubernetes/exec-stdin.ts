import { FirebreakError } from '../core/firebreak-error.ts';
import { CHANNEL } from './exec-channel.ts';

/** With its channel byte a message stays within 32 KiB, as client-go's do. */
const CHUNK_BYTES = 32 * 1024 - 1;

/** Sends one message in one frame; resolves when the socket took it. The server reads a continuation frame as a new message. */
export type SendMessage = (message: Uint8Array) => Promise<void>;

/** The remote process's input, in order, one message at a time. */
export class ExecStdin {
  readonly #send: SendMessage;
  #last: Promise<void> = Promise.resolve();
  #ended = false;

  constructor(send: SendMessage) {
    this.#send = send;
  }

  write(bytes: Uint8Array): Promise<void> {
    if (this.#ended) return Promise.reject(ended());
    return this.#queue(() => this.#writeChunks(bytes));
  }

  /** Half-closes after everything that was written before: `[255, 0]`, which only v5 knows. */
  end(): void {
    if (this.#ended) return;
    this.#ended = true;
    // A socket that is gone by now is told by the exec's status.
    this.#queue(() => this.#send(Uint8Array.of(CHANNEL.close, CHANNEL.stdin))).catch(() => undefined);
  }

  #queue(step: () => Promise<void>): Promise<void> {
    const done = this.#last.then(step);
    this.#last = done.catch(() => undefined);
    return done;
  }

  async #writeChunks(bytes: Uint8Array): Promise<void> {
    for (let start = 0; start < bytes.byteLength; start += CHUNK_BYTES) {
      const chunk = bytes.subarray(start, start + CHUNK_BYTES);
      const message = new Uint8Array(chunk.byteLength + 1);
      message[0] = CHANNEL.stdin;
      message.set(chunk, 1);
      await this.#send(message);
    }
  }
}

const ended = (): FirebreakError =>
  new FirebreakError({
    code: 'exec-lost',
    message: 'The input of the remote process was already closed.',
    next: 'Start the command again.',
  });
