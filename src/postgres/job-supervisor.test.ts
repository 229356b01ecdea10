import { PgBoss } from 'pg-boss';
import { expect, test } from 'vitest';
import { testServer } from '../../sandbox/postgres/test-server.ts';
import type { Clock } from '../core/clock.ts';
import { JOB_SCHEMA, RUN_QUEUE } from './job-queue.ts';
import { JobSupervisor } from './job-supervisor.ts';

/** Time that passes only while the supervisor sleeps, one sleep at a time. */
class SteppedClock implements Clock {
  #nowMs = 0;
  #asleep = Promise.withResolvers<() => void>();

  now(): Date {
    return new Date(this.#nowMs);
  }

  monotonicMs(): number {
    return this.#nowMs;
  }

  sleep(ms: number, signal: AbortSignal): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    signal.addEventListener('abort', () => resolve());
    this.#asleep.resolve(() => {
      this.#nowMs += ms;
      this.#asleep = Promise.withResolvers();
      resolve();
    });
    return promise;
  }

  /** Lets one sleep pass and returns when the next one begins. */
  async step(): Promise<void> {
    const wake = await this.#asleep.promise;
    wake();
    await this.#asleep.promise;
  }
}

test("hands out a silent worker's run, but right after an outage only when workers have had time to speak", async () => {
  await using server = await testServer();
  const boss = new PgBoss({
    connectionString: server.serveUrl,
    schema: JOB_SCHEMA,
    migrate: false,
    supervise: false,
    schedule: false,
  });
  boss.on('error', () => undefined);
  await boss.start();
  await boss.send(RUN_QUEUE, { run: 'FB-2026-0001-1' });
  expect(await boss.fetch(RUN_QUEUE)).toHaveLength(1);
  const errors: Error[] = [];
  const clock = new SteppedClock();
  const supervisor = new JobSupervisor(boss, clock, (error) => errors.push(error));
  for (let look = 0; look < 10; look += 1) await clock.step();
  await server.stop();
  await clock.step();
  expect(errors).not.toEqual([]);
  await server.start();
  const sql = async (text: string) => (await boss.getDb().executeSql(text)).rows;
  await sql(`update pgboss.job set heartbeat_on = now() - interval '1 minute'`);
  await clock.step();
  const states: unknown[] = [];
  for (let look = 0; look < 5; look += 1) {
    // pg-boss looks once a minute by the database's clock, which does not follow the test's.
    await sql('update pgboss.queue set monitor_claim_on = null, monitor_on = null');
    await clock.step();
    states.push(...(await sql('select state from pgboss.job')));
  }
  expect(states.map((row) => Object(row).state)).toEqual(['active', 'active', 'active', 'active', 'retry']);
  await supervisor.close();
  await boss.stop({ graceful: false });
});
