import { setTimeout as delay } from 'node:timers/promises';
import { PgBossJobs } from '../src/postgres/jobs.ts';
import { RunQueue } from '../src/postgres/run-queue.ts';

/** A worker process for tests: says `ready`, `started <run>` and `aborted <run>` on stdout, and holds each run until it is aborted. */
const queue = new RunQueue(process.env['DATABASE_URL'] ?? '', () => undefined);
const jobs = new PgBossJobs({ queue, onError: () => undefined });

process.once('SIGTERM', () => {
  jobs
    .stop()
    .then(() => queue.close())
    .then(() => process.exit(0))
    .catch((error: unknown) => {
      console.log(`failed ${String(error)}`);
      process.exit(1);
    });
});

await jobs.start(async (run, signal) => {
  console.log(`started ${run}`);
  await delay(2 ** 31 - 1, undefined, { signal }).catch(() => undefined);
  console.log(`aborted ${run}`);
  signal.throwIfAborted();
  return 'done';
});
console.log('ready');
