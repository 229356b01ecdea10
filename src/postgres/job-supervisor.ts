import type { PgBoss } from 'pg-boss';
import type { Clock } from '../core/clock.ts';
import { RUN_QUEUE } from './job-queue.ts';

const LOOK_EVERY_MS = 1_000;
// Longer than two workers' heartbeats are apart.
const STEADY_FOR_MS = 5_000;

/**
 * Looks for jobs whose worker was not heard of. It looks only while Postgres has answered for some seconds without a
 * break: right after an outage every heartbeat is old, and each run at work would be handed out a second time.
 */
export class JobSupervisor {
  readonly #boss: PgBoss;
  readonly #clock: Clock;
  readonly #onError: (error: Error) => void;
  readonly #closing = new AbortController();
  readonly #loop: Promise<void>;

  constructor(boss: PgBoss, clock: Clock, onError: (error: Error) => void) {
    this.#boss = boss;
    this.#clock = clock;
    this.#onError = onError;
    this.#loop = this.#run();
  }

  async close(): Promise<void> {
    this.#closing.abort();
    await this.#loop;
  }

  async #run(): Promise<void> {
    const { signal } = this.#closing;
    let answersSince: number | undefined;
    while (!signal.aborted) {
      const start = this.#clock.monotonicMs();
      try {
        if (answersSince !== undefined && start - answersSince >= STEADY_FOR_MS)
          await this.#boss.supervise(RUN_QUEUE);
        else await this.#boss.getQueue(RUN_QUEUE);
        answersSince ??= start;
        // An answer that took so long is an outage too.
        if (this.#clock.monotonicMs() - start > STEADY_FOR_MS) answersSince = undefined;
      } catch (error) {
        answersSince = undefined;
        this.#onError(error instanceof Error ? error : new Error(String(error)));
      }
      await this.#clock.sleep(LOOK_EVERY_MS, signal).catch(() => undefined);
    }
  }
}
