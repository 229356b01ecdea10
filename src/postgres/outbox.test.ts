import { afterEach, beforeEach, expect, test } from 'vitest';
import { type DatabaseClock, databaseClock } from '../../test/database-clock.ts';
import { auditEvent, type LedgerFixture, ledgerFixture } from '../../test/ledger-fixture.ts';
import type { Notice, ProofNotice } from '../flow/ledger.ts';
import type { OutboxItem } from '../flow/outbox.ts';
import { PostgresOutbox } from './outbox.ts';

const LEASE_MS = 30_000;

let fixture: LedgerFixture;
let clock: DatabaseClock;
let outbox: PostgresOutbox;
beforeEach(async () => {
  fixture = await ledgerFixture();
  clock = await databaseClock(fixture.urls.ownerUrl);
  outbox = new PostgresOutbox({ pool: fixture.pool, url: fixture.urls.serveUrl, onError: () => undefined });
});
afterEach(async () => {
  await outbox.close();
  await clock.close();
  await fixture[Symbol.asyncDispose]();
});

const show = (run: string, notice: Exclude<Notice, ProofNotice>): Promise<void> =>
  fixture.ledger.write((transaction) => transaction.show(run, notice));

async function claimed(): Promise<OutboxItem> {
  const item = await outbox.claim(LEASE_MS);
  if (item === undefined) throw new Error('nothing was due');
  return item;
}

/** A running run whose card stands in the channel. */
async function running(): Promise<string> {
  const { id } = await fixture.request({ state: 'queued' });
  await fixture.ledger.write(async (transaction) => {
    await transaction.claim(id, 'w', [], () => auditEvent('run.started', id));
    await transaction.show(id, 'card');
  });
  await outbox.shown(`${id}/card`, 1, `ts-${id}`);
  return id;
}

let bytes = 0;
async function progress(run: string): Promise<void> {
  bytes += 1;
  await fixture.ledger.heartbeat(run, 1, { phase: 'files', bytes });
}

test('hands an item to one of several that ask at once', async () => {
  const { id } = await fixture.request();
  await show(id, 'card');
  const items = await Promise.all([1, 2, 3, 4].map(() => outbox.claim(LEASE_MS)));
  expect(items.filter((item) => item !== undefined)).toMatchObject([
    { id: `${id}/card`, run: { id }, notice: 'card', channel: 'C1', attempt: 'first', version: 1 },
  ]);
});

test('an item whose lease ran out comes back as unsure, and as first when it was certainly not posted', async () => {
  const { id } = await fixture.request();
  await show(id, 'card');
  await claimed();
  expect(await outbox.claim(LEASE_MS)).toBeUndefined();
  await clock.advance(LEASE_MS);
  const again = await claimed();
  expect(again.attempt).toBe('unsure');
  await outbox.postpone(again.id, 5_000, 'unsure');
  expect(await outbox.claim(LEASE_MS)).toBeUndefined();
  await clock.advance(5_000);
  const third = await claimed();
  expect(third.attempt).toBe('unsure');
  await outbox.postpone(third.id, 0, 'certainly not posted');
  expect((await claimed()).attempt).toBe('first');
});

test('posts the card of a run first, then its notices in their order, with the card to thread them under', async () => {
  const { id } = await fixture.request();
  for (const notice of ['decision', 'card', 'artifacts'] as const) await show(id, notice);
  const card = await claimed();
  expect(card.notice).toBe('card');
  expect(await outbox.claim(LEASE_MS)).toBeUndefined();
  await outbox.shown(card.id, card.version, '17.1');
  const decision = await claimed();
  expect(decision).toMatchObject({ notice: 'decision', cardTs: '17.1', attempt: 'first' });
  expect(await outbox.claim(LEASE_MS)).toBeUndefined();
  await outbox.shown(decision.id, decision.version, '17.2');
  expect(await claimed()).toMatchObject({ notice: 'artifacts', cardTs: '17.1' });
});

test('a card that can never be shown does not hold back the notices, and stays away', async () => {
  const { id } = await fixture.request();
  await show(id, 'card');
  await show(id, 'end');
  await outbox.abandon((await claimed()).id, 'is_archived');
  expect(await claimed()).toMatchObject({ notice: 'end' });
  await show(id, 'card');
  expect(await outbox.claim(LEASE_MS)).toBeUndefined();
  const { rows } = await fixture.pool.query(
    'select abandoned_reason from firebreak.messages where notice = $1',
    ['card'],
  );
  expect(rows).toEqual([{ abandoned_reason: 'is_archived' }]);
});

test('posts a notice once and edits a card for each new version', async () => {
  const run = await running();
  await show(run, 'end');
  const end = await claimed();
  await outbox.shown(end.id, end.version, '18.1');
  await show(run, 'end');
  expect(await outbox.claim(LEASE_MS)).toBeUndefined();
  await show(run, 'card');
  expect(await claimed()).toMatchObject({ notice: 'card', attempt: 'edit', ts: `ts-${run}`, version: 2 });
});

test('an edit during which a newer version arose is due again', async () => {
  const run = await running();
  await show(run, 'card');
  const edit = await claimed();
  await show(run, 'card');
  await outbox.shown(edit.id, edit.version, 'ignored');
  expect(await claimed()).toMatchObject({ attempt: 'edit', ts: `ts-${run}`, version: edit.version + 1 });
});

test('progress is shown every 3 s in the first minute and every 10 s after it, only when it changed', async () => {
  const run = await running();
  const edits: number[] = [];
  for (let second = 1; second <= 90; second += 1) {
    await clock.advance(1_000);
    await progress(run);
    const item = await outbox.claim(LEASE_MS);
    if (item === undefined) continue;
    edits.push(second);
    await outbox.shown(item.id, item.version, 'ignored');
  }
  const gaps = edits.map((second, index) => second - (edits[index - 1] ?? 0));
  // Real time passes too, so a gap may come out a second shorter.
  expect(gaps.filter((_, index) => (edits[index] ?? 0) < 60).every((gap) => gap === 3 || gap === 2)).toBe(
    true,
  );
  expect(gaps.slice(-2).every((gap) => gap === 10 || gap === 9)).toBe(true);
  await fixture.ledger.heartbeat(run, 1, { phase: 'files', bytes });
  await clock.advance(20_000);
  const last = await outbox.claim(LEASE_MS);
  if (last !== undefined) await outbox.shown(last.id, last.version, 'ignored');
  await fixture.ledger.heartbeat(run, 1, { phase: 'files', bytes });
  await clock.advance(20_000);
  expect(await outbox.claim(LEASE_MS)).toBeUndefined();
});

test('a change of state is shown at once, whatever the pace', async () => {
  const run = await running();
  await progress(run);
  expect(await outbox.claim(LEASE_MS)).toBeUndefined();
  await show(run, 'card');
  expect(await claimed()).toMatchObject({ notice: 'card', attempt: 'edit' });
});

test('progress gets 20 edits a minute and what is urgent 40 with it; what was left out arrives later', async () => {
  const runs = await Promise.all(Array.from({ length: 50 }, running));
  await clock.advance(10_000);
  for (const run of runs) await progress(run);
  const drain = async (): Promise<number> => {
    let count = 0;
    for (;;) {
      const item = await outbox.claim(LEASE_MS);
      if (item === undefined) return count;
      expect(item.attempt).toBe('edit');
      await outbox.shown(item.id, item.version, 'ignored');
      count += 1;
    }
  };
  expect(await drain()).toBe(20);
  for (const run of runs) await show(run, 'card');
  expect(await drain()).toBe(20);
  await clock.advance(60_000);
  expect(await drain()).toBe(30);
  const { rows } = await fixture.pool.query('select from firebreak.messages where version > shown_version');
  expect(rows).toEqual([]);
});

test('two replicas together stay within the budget', async () => {
  const runs = await Promise.all(Array.from({ length: 50 }, running));
  for (const run of runs) await show(run, 'card');
  const other = new PostgresOutbox({
    pool: fixture.pool,
    url: fixture.urls.serveUrl,
    onError: () => undefined,
  });
  const items: (OutboxItem | undefined)[] = [];
  for (let round = 0; round < 15; round += 1)
    items.push(
      ...(await Promise.all([outbox, other, outbox, other].map((replica) => replica.claim(LEASE_MS)))),
    );
  await other.close();
  expect(items.filter((item) => item !== undefined)).toHaveLength(40);
});

test('wakes whoever waits when something is owed, also when that was before the wait', async () => {
  const { id } = await fixture.request();
  const patient = new PostgresOutbox({
    pool: fixture.pool,
    url: fixture.urls.serveUrl,
    onError: () => undefined,
    pollMs: 3_600_000,
  });
  const never = new AbortController();
  // The first wait ends when the connection listens.
  await patient.wait(never.signal);
  const waiting = patient.wait(never.signal);
  await show(id, 'card');
  await waiting;
  await show(id, 'card');
  await patient.wait(never.signal);
  await patient.close();
});

test('a wait that is aborted rejects with the reason', async () => {
  const stop = new AbortController();
  const reason = new Error('stopping');
  await expect(outbox.wait(AbortSignal.abort(reason))).rejects.toBe(reason);
  await outbox.wait(AbortSignal.timeout(10_000));
  const waiting = outbox.wait(stop.signal);
  stop.abort(reason);
  await expect(waiting).rejects.toBe(reason);
});
