import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, expect, test } from 'vitest';
import { testServer } from '../../sandbox/postgres/test-server.ts';
import { ledgerFixture } from '../../test/ledger-fixture.ts';
import { PgBossJobs } from './jobs.ts';

const WORKER = join(import.meta.dirname, '../../test/job-worker.ts');

const children: ChildProcess[] = [];
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
});

interface Worker {
  readonly process: ChildProcess;
  /** Resolves when the worker says this. */
  said(line: string): Promise<void>;
}

async function worker(url: string): Promise<Worker> {
  const child = spawn(process.execPath, [WORKER], {
    env: { ...process.env, DATABASE_URL: url },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  children.push(child);
  const lines = new Set<string>();
  const reader = createInterface({ input: child.stdout });
  reader.on('line', (line) => lines.add(line));
  const said = async (line: string): Promise<void> => {
    while (!lines.has(line)) await once(reader, 'line');
  };
  await said('ready');
  return { process: child, said };
}

/** The one of two that says the line first, and the other. */
function first(workers: readonly [Worker, Worker], line: string): Promise<readonly [Worker, Worker]> {
  const [a, b] = workers;
  return Promise.race([a.said(line).then(() => [a, b] as const), b.said(line).then(() => [b, a] as const)]);
}

const enqueue = (fixture: Awaited<ReturnType<typeof ledgerFixture>>, run: string): Promise<void> =>
  fixture.ledger.write((transaction) => transaction.enqueue(run));

test('a run whose worker was killed is taken by another', async () => {
  await using fixture = await ledgerFixture();
  const workers = [await worker(fixture.urls.serveUrl), await worker(fixture.urls.serveUrl)] as const;
  await enqueue(fixture, 'FB-2026-0001-1');
  const [dead, alive] = await first(workers, 'started FB-2026-0001-1');
  const killedAt = performance.now();
  dead.process.kill('SIGKILL');
  await alive.said('started FB-2026-0001-1');
  console.log(`taken over ${((performance.now() - killedAt) / 1_000).toFixed(1)} s after kill -9`);
});

test('a worker that is told to stop hands its run back, and the other takes it', async () => {
  await using fixture = await ledgerFixture();
  const workers = [await worker(fixture.urls.serveUrl), await worker(fixture.urls.serveUrl)] as const;
  await enqueue(fixture, 'FB-2026-0001-1');
  const [stopped, other] = await first(workers, 'started FB-2026-0001-1');
  const exited = once(stopped.process, 'exit');
  stopped.process.kill('SIGTERM');
  expect(await exited).toEqual([0, null]);
  await stopped.said('aborted FB-2026-0001-1');
  await other.said('started FB-2026-0001-1');
  // It was given back by its worker, not taken away by the supervisor.
  const { rows } = await fixture.pool.query('select output from pgboss.job');
  expect(rows).toMatchObject([{ output: { message: 'This process is stopping.' } }]);
});

test('a run has one job however often it is enqueued, and none when its transaction did not commit', async () => {
  await using fixture = await ledgerFixture();
  await Promise.all([1, 2, 3].map(() => enqueue(fixture, 'FB-2026-0001-1')));
  const failing = fixture.ledger.write(async (transaction) => {
    await transaction.enqueue('FB-2026-0001-2');
    throw new Error('no');
  });
  await expect(failing).rejects.toThrow('no');
  const { rows } = await fixture.pool.query('select data, retry_limit from pgboss.job');
  expect(rows).toEqual([{ data: { run: 'FB-2026-0001-1' }, retry_limit: 1_000_000 }]);
});

test('a run whose handler throws is handed out again', async () => {
  await using fixture = await ledgerFixture();
  const errors: unknown[] = [];
  const jobs = new PgBossJobs({ queue: fixture.queue, onError: (error) => errors.push(error) });
  const second = Promise.withResolvers<string>();
  let calls = 0;
  await jobs.start(async (run) => {
    calls += 1;
    if (calls === 1) throw new Error('the first time');
    second.resolve(run);
    return 'done';
  });
  await enqueue(fixture, 'FB-2026-0001-1');
  expect(await second.promise).toBe('FB-2026-0001-1');
  expect(errors).toMatchObject([{ message: 'the first time' }]);
  await jobs.stop();
});

test('a run that waits for another gives its slot to those that were queued after it', async () => {
  await using fixture = await ledgerFixture();
  const errors: unknown[] = [];
  const jobs = new PgBossJobs({
    queue: fixture.queue,
    concurrency: 1,
    onError: (error) => errors.push(error),
  });
  await enqueue(fixture, 'FB-2026-0001-1');
  await enqueue(fixture, 'FB-2026-0001-2');
  const order: string[] = [];
  const last = Promise.withResolvers<void>();
  await jobs.start(async (run) => {
    order.push(run.slice(-1));
    if (run.endsWith('-1') && !order.includes('2')) return 'later';
    if (order.length > 2) last.resolve();
    return 'done';
  });
  await last.promise;
  expect(order).toEqual(['1', '2', '1']);
  expect(errors).toEqual([]);
  await jobs.stop();
});

test('goes on after Postgres was restarted', async () => {
  const server = await testServer();
  await using fixture = await ledgerFixture(server);
  const jobs = new PgBossJobs({ queue: fixture.queue, onError: () => undefined });
  const handled = Promise.withResolvers<string>();
  await jobs.start(async (run) => {
    handled.resolve(run);
    return 'done';
  });
  await server.stop();
  await expect(fixture.pool.query('select 1')).rejects.toThrow('ECONNREFUSED');
  await server.start();
  await enqueue(fixture, 'FB-2026-0001-1');
  expect(await handled.promise).toBe('FB-2026-0001-1');
  await jobs.stop();
});
