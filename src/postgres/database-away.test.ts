import { connect, createServer, type Socket } from 'node:net';
import pg from 'pg';
import { expect, test } from 'vitest';
import { testDatabase } from '../../sandbox/postgres/test-database.ts';
import { testServer } from '../../sandbox/postgres/test-server.ts';
import { changingRuns } from '../../test/changing-runs.ts';
import { auditEvent, ledgerFixture, newChange, newRun, REQUESTER } from '../../test/ledger-fixture.ts';
import { createPool } from './create-pool.ts';
import { PostgresLedger } from './ledger.ts';

test('a write that meets a stopped or crashed Postgres is stored when it is back, once', async () => {
  const server = await testServer();
  // The tests' server answers a COMMIT before it is written, a real one after.
  const admin = new pg.Client(server.adminUrl);
  await admin.connect();
  await admin.query('alter role firebreak set synchronous_commit = on');
  await admin.end();
  await using fixture = await ledgerFixture(server);
  const run = await fixture.request();
  for (const mode of ['fast', 'crash'] as const) {
    const before = await fixture.ledger.head();
    await server.stop(mode);
    const writing = fixture.ledger.write((transaction) =>
      transaction.append(auditEvent('evidence.stored', run.id)),
    );
    await expect(fixture.pool.query('select 1')).rejects.toThrow('ECONNREFUSED');
    await server.start();
    await writing;
    expect((await fixture.ledger.head()).seq).toBe(before.seq + 1);
  }
});

test('gives up after its deadline with a sentence', async () => {
  const server = await testServer();
  await using fixture = await ledgerFixture(server);
  await server.stop();
  const hasty = new PostgresLedger({
    pool: fixture.pool,
    queue: fixture.queue,
    retryForMs: 1,
    onError: () => undefined,
  });
  await expect(hasty.write((transaction) => transaction.now())).rejects.toMatchObject({
    code: 'database-unavailable',
    next: expect.stringContaining('/k8s status'),
  });
  await expect(hasty.run('FB-2026-0001-1')).rejects.toMatchObject({ code: 'database-unavailable' });
});

/** Between client and server: passes everything on, and cuts the connection when it sees the answer to the given command. */
async function cuttingProxy(targetUrl: string, when: 'before COMMIT' | 'after COMMIT') {
  const { hostname, port } = new URL(targetUrl);
  const sockets = new Set<Socket>();
  let armed = false;
  let cuts = 0;
  const server = createServer((client) => {
    const upstream = connect(Number(port), hostname);
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.on('error', () => undefined);
    }
    const cut = (): void => {
      armed = false;
      cuts += 1;
      client.destroy();
      upstream.destroy();
    };
    client.on('data', (bytes) => {
      if (armed && when === 'before COMMIT' && bytes.includes('commit\0')) return cut();
      upstream.write(bytes);
    });
    upstream.on('data', (bytes) => {
      if (armed && when === 'after COMMIT' && bytes.includes('COMMIT\0')) return cut();
      client.write(bytes);
    });
    client.on('close', () => upstream.destroy());
    upstream.on('close', () => client.destroy());
  });
  const { promise, resolve } = Promise.withResolvers<void>();
  server.listen(0, '127.0.0.1', resolve);
  await promise;
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('The proxy has no port.');
  const url = new URL(targetUrl);
  url.port = String(address.port);
  return {
    url: url.href,
    arm: () => {
      armed = true;
    },
    cuts: () => cuts,
    close: () => {
      for (const socket of sockets) socket.destroy();
      server.close();
    },
  };
}

test.each(['before COMMIT', 'after COMMIT'] as const)(
  'a connection that is cut %s leaves one effect, and the caller learns its result',
  async (when) => {
    const database = await testDatabase();
    await using fixture = await ledgerFixture(database);
    const proxy = await cuttingProxy(database.serveUrl, when);
    const pool = createPool(proxy.url, { onError: () => undefined });
    const ledger = new PostgresLedger({ pool, queue: fixture.queue, onError: () => undefined });
    await ledger.head();
    proxy.arm();
    let tries = 0;
    const result = await ledger.write(async (transaction) => {
      tries += 1;
      const first = await transaction.firstDelivery('delivery-1');
      const caseId = await transaction.openCase('C1', REQUESTER);
      const run = await transaction.insertRun(caseId, (id) => ({
        run: newRun(),
        event: auditEvent('run.requested', id),
      }));
      await transaction.show(run.id, 'card');
      return { first, run: run.id };
    });
    expect(proxy.cuts()).toBe(1);
    expect(tries).toBe(when === 'before COMMIT' ? 2 : 1);
    expect(result.first).toBe('first');
    expect((await fixture.ledger.recentRuns('C1', 10)).map(({ id }) => id)).toEqual([result.run]);
    expect((await fixture.ledger.head()).seq).toBe(2);
    await pool.end();
    proxy.close();
  },
);

test.each(['before COMMIT', 'after COMMIT'] as const)(
  'a change is written down and settled once when the connection is cut %s of both',
  async (when) => {
    const database = await testDatabase();
    await using fixture = await ledgerFixture(database);
    const proxy = await cuttingProxy(database.serveUrl, when);
    const pool = createPool(proxy.url, { onError: () => undefined });
    const ledger = new PostgresLedger({ pool, queue: fixture.queue, onError: () => undefined });
    const id = await changingRuns(fixture).running();
    const worker = changingRuns({ ledger, request: fixture.request });
    const before = await ledger.head();
    proxy.arm();
    const intended = await worker.intended(newChange(id));
    expect(await fixture.ledger.changesOf(id)).toEqual([intended]);
    proxy.arm();
    const settled = await worker.settle(intended, 'applied');
    expect(settled).toBe('done');
    expect(await fixture.ledger.changesOf(id)).toEqual([{ ...intended, state: 'applied' }]);
    expect(proxy.cuts()).toBe(2);
    expect((await fixture.ledger.head()).seq).toBe(before.seq + 2);
    await pool.end();
    proxy.close();
  },
);
