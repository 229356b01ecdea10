import type { Clock } from '../core/clock.ts';

export interface RepeatingInit {
  readonly clock: Clock;
  /** Pause between the end of one turn and the start of the next. */
  readonly everyMs: number;
  /** The signal aborts when it is to stop. */
  readonly work: (stopping: AbortSignal) => Promise<void>;
  readonly onError: (error: unknown) => void;
}

/** Does the same thing again and again until it is stopped; a turn that fails does not end it. */
export class Repeating {
  readonly #init: RepeatingInit;
  readonly #stopping = new AbortController();
  #loop: Promise<void> | undefined;

  constructor(init: RepeatingInit) {
    this.#init = init;
  }

  start(): void {
    this.#loop ??= this.#run();
  }

  /** Resolves when the turn that is under way has ended. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#loop;
  }

  async #run(): Promise<void> {
    const { clock, everyMs, work, onError } = this.#init;
    while (!this.#stopping.signal.aborted) {
      try {
        await work(this.#stopping.signal);
      } catch (thrown) {
        onError(thrown);
      }
      await clock.sleep(everyMs, this.#stopping.signal).catch(() => undefined);
    }
  }
}
