import type pg from 'pg';
import { PgBoss } from 'pg-boss';
import { systemClock } from '../runtime/system-clock.ts';
import { JOB_SCHEMA, RUN_QUEUE } from './job-queue.ts';
import { JobSupervisor } from './job-supervisor.ts';

const MONITOR_SECONDS = 1;
const CONNECTIONS = 4;

/**
 * The process's one connection to the queue of runs. It never changes the schema: `migrate` made it. Opened when first
 * used; an opening that failed is tried again by the next use.
 */
export class RunQueue {
  readonly #url: string;
  readonly #onError: (error: Error) => void;
  #opening: Promise<PgBoss> | undefined;
  #supervisor: JobSupervisor | undefined;

  /** `onError` is told of failed polls and broken connections; the queue goes on by itself. */
  constructor(url: string, onError: (error: Error) => void) {
    this.#url = url;
    this.#onError = onError;
  }

  open(): Promise<PgBoss> {
    this.#opening ??= this.#start().catch((error: unknown) => {
      this.#opening = undefined;
      throw error;
    });
    return this.#opening;
  }

  /** Adds the run's job within the caller's transaction, unless one is queued or active already. */
  async enqueue(client: pg.ClientBase, run: string): Promise<void> {
    const boss = await this.open();
    const db = { executeSql: (text: string, values: unknown[] = []) => client.query(text, values) };
    await boss.send(RUN_QUEUE, { run }, { singletonKey: run, db });
  }

  /** Gives the jobs at work back at once and closes the connections. */
  async close(): Promise<void> {
    const boss = await this.#opening?.catch(() => undefined);
    this.#opening = undefined;
    await this.#supervisor?.close();
    this.#supervisor = undefined;
    await boss?.stop({ graceful: false });
  }

  async #start(): Promise<PgBoss> {
    const boss = new PgBoss({
      connectionString: this.#url,
      application_name: 'firebreak queue',
      schema: JOB_SCHEMA,
      max: CONNECTIONS,
      migrate: false,
      createSchema: false,
      schedule: false,
      // It rebuilds indexes, which is the owner's right.
      reindex: false,
      useListenNotify: true,
      // `JobSupervisor` does it, since it has to pause after an outage.
      supervise: false,
      monitorIntervalSeconds: MONITOR_SECONDS,
    });
    // Without a listener a restart of Postgres ends the process.
    boss.on('error', this.#onError);
    try {
      await boss.start();
      this.#supervisor = new JobSupervisor(boss, systemClock, this.#onError);
      return boss;
    } catch (error) {
      await boss.stop({ graceful: false });
      throw error;
    }
  }
}
