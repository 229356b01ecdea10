import { setTimeout as delay } from 'node:timers/promises';
import type { JobWithMetadata, PgBoss } from 'pg-boss';
import { z } from 'zod';
import type { Handled, Jobs } from '../flow/jobs.ts';
import { RUN_QUEUE } from './job-queue.ts';
import type { RunQueue } from './run-queue.ts';
import { withRetry } from './with-retry.ts';

// pg-boss takes no shorter poll than 0.5 s. A job that is handed out again is not notified, only found by the next poll.
const POLL_SECONDS = 0.5;
const POLL_WITH_NOTIFY_SECONDS = 1;
const HEARTBEAT_REFRESH_SECONDS = 3;
const WAIT_SECONDS = 1;
const FIRST_PAUSE_MS = 1_000;
const LONGEST_PAUSE_MS = 15_000;
const START_FOR_MS = 30_000;
/** Captures wait for the network most of the time, and an inspection shall not wait for four of them. */
const CONCURRENCY = 8;

const dataSchema = z.object({ run: z.string() });

export interface PgBossJobsOptions {
  readonly queue: RunQueue;
  /** Runs at work at once in this process. */
  readonly concurrency?: number;
  /** Told of what a handler threw; its run is handed out again. */
  readonly onError: (error: unknown) => void;
}

/**
 * A worker says every 3 s that it lives; each process looks every second for jobs that were not heard of for 10 s. A run
 * can still have two workers for a while, when one was only slow: the fencing number lets one of them write.
 */
export class PgBossJobs implements Jobs {
  readonly #queue: RunQueue;
  readonly #concurrency: number;
  readonly #onError: (error: unknown) => void;
  readonly #stopping = new AbortController();
  #boss: PgBoss | undefined;
  #stopped: Promise<void> | undefined;

  constructor({ queue, concurrency, onError }: PgBossJobsOptions) {
    this.#queue = queue;
    this.#concurrency = concurrency ?? CONCURRENCY;
    this.#onError = onError;
  }

  /** Throws `database-unavailable` when Postgres can't be reached for 30 s. */
  async start(handle: (run: string, signal: AbortSignal) => Promise<Handled>): Promise<void> {
    const boss = await withRetry(START_FOR_MS, () => this.#queue.open());
    this.#boss = boss;
    await boss.work(
      RUN_QUEUE,
      {
        includeMetadata: true,
        localConcurrency: this.#concurrency,
        pollingIntervalSeconds: POLL_SECONDS,
        notifyPollingIntervalSeconds: POLL_WITH_NOTIFY_SECONDS,
        heartbeatRefreshSeconds: HEARTBEAT_REFRESH_SECONDS,
      },
      async (jobs: JobWithMetadata[]) => {
        for (const job of jobs) await this.#work(job, handle);
      },
    );
  }

  /** May be called again. */
  stop(): Promise<void> {
    this.#stopped ??= this.#stop();
    return this.#stopped;
  }

  async #stop(): Promise<void> {
    this.#stopping.abort(new Error('This process is stopping.'));
    await this.#boss?.offWork(RUN_QUEUE, { wait: true });
  }

  /**
   * A new job behind all that wait: the old one would stay the oldest, be handed out first again, and keep the slot from the
   * run that it waits for. Should this process die between the two, the run is found to have no job.
   */
  async #queueAgain(job: string, run: string): Promise<void> {
    const boss = await this.#queue.open();
    await boss.complete(RUN_QUEUE, job);
    await boss.send(RUN_QUEUE, { run }, { singletonKey: run, startAfter: WAIT_SECONDS });
  }

  async #work(
    job: JobWithMetadata,
    handle: (run: string, signal: AbortSignal) => Promise<Handled>,
  ): Promise<void> {
    const { signal: stopping } = this.#stopping;
    try {
      // Fetched between the abort and the end of fetching: given back untouched.
      stopping.throwIfAborted();
      const { run } = dataSchema.parse(job.data);
      const handled = await handle(run, AbortSignal.any([stopping, job.signal]));
      if (handled === 'later') await this.#queueAgain(job.id, run);
    } catch (error) {
      if (!stopping.aborted) {
        this.#onError(error);
        // What fails at once would be handed out again at once. A dead or a stopping worker's run is not kept waiting.
        const pause = Math.min(FIRST_PAUSE_MS * 2 ** Math.min(job.retryCount, 10), LONGEST_PAUSE_MS);
        await delay(pause, undefined, { signal: stopping }).catch(() => undefined);
      }
      throw error;
    }
  }
}
