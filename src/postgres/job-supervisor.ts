import { setTimeout as delay } from 'node:timers/promises';
import type { PgBoss } from 'pg-boss';
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
  readonly #onError: (error: Error) => void;
  readonly #closing = new AbortController();
  readonly #loop: Promise<void>;

  constructor(boss: PgBoss, onError: (error: Error) => void) {
    this.#boss = boss;
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
      const start = performance.now();
      try {
        if (answersSince !== undefined && start - answersSince >= STEADY_FOR_MS)
          await this.#boss.supervise(RUN_QUEUE);
        else await this.#boss.getQueue(RUN_QUEUE);
        answersSince ??= start;
        // An answer that took so long is an outage too.
        if (performance.now() - start > STEADY_FOR_MS) answersSince = undefined;
      } catch (error) {
        answersSince = undefined;
        this.#onError(error instanceof Error ? error : new Error(String(error)));
      }
      await delay(LOOK_EVERY_MS, undefined, { signal }).catch(() => undefined);
    }
  }
}
