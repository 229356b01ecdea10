import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { verifyAudit } from '../../src/postgres/audit-verify.ts';
import { auditEvent, type LedgerFixture, ledgerFixture, newChange } from '../ledger-fixture.ts';
import { broken, essence, type Verdict, verdict } from './both-verifiers.ts';
import { exported, filledExport } from './filled-export.ts';
import { forge, type Line } from './tamper.ts';

let fixture: LedgerFixture;
let last: Line;
beforeAll(async () => {
  fixture = await ledgerFixture();
  last = (await filledExport(fixture)).at(-1) ?? {};
});
afterAll(() => fixture[Symbol.asyncDispose]());

const asRole = async (url: string, sql: string): Promise<unknown> => {
  const client = new pg.Client(url);
  await client.connect();
  try {
    return (await client.query(sql)).rows;
  } finally {
    await client.end();
  }
};
const ATTACK =
  'alter table firebreak.audit_events disable trigger all; alter table firebreak.audit_texts disable trigger all;';

test.each([
  'update firebreak.audit_events set type = type',
  'delete from firebreak.audit_events where seq = 8',
  'truncate firebreak.audit_events cascade',
  'truncate firebreak.audit_head',
  'delete from firebreak.audit_head',
  `update firebreak.audit_texts set text = 'x'`,
  `insert into firebreak.audit_texts values (1, 'reason', decode(repeat('00', 32), 'hex'), 'x')`,
  `insert into firebreak.audit_events select seq + 1, at, type, case_id, run_id, prev, hash, body from firebreak.audit_events where seq = 8`,
])('a trigger refuses even a superuser: %s', async (sql) => {
  const refusal = /append-only|does not name|does not follow/;
  await expect(asRole(fixture.urls.ownerUrl, sql)).rejects.toThrow(refusal);
  await expect(
    asRole(fixture.urls.adminUrl, `set session_replication_role = replica; ${sql}`),
  ).rejects.toThrow(refusal);
});

test.each([
  `update firebreak.audit_events set type = 'x'`,
  'delete from firebreak.audit_events',
  'delete from firebreak.audit_texts',
  `update firebreak.audit_head set hash = ''`,
  'alter table firebreak.audit_events disable trigger all',
  'set session_replication_role = replica',
])('the serving role may not: %s', async (sql) => {
  await expect(asRole(fixture.urls.serveUrl, sql)).rejects.toThrow(/permission denied|must be owner/);
});

/** The event that may come next, changed as said. The serving role tries to insert it. */
async function insertNext(change: Line, column: Line = {}): Promise<void> {
  const next = { ...forge(last, { seq: 9, prev: last['hash'], ...change }), ...column };
  const values = ['seq', 'at', 'type', 'case', 'run', 'prev', 'hash', 'body'].map(
    (name) => Object(next)[name],
  );
  const insert = 'insert into firebreak.audit_events values ($1, $2, $3, $4, $5, $6, $7, $8)';
  const client = await fixture.pool.connect();
  try {
    await client.query('begin');
    await client.query(insert, values);
  } finally {
    await client.query('rollback');
    client.release();
  }
}

test('an insert that follows the head and agrees with itself is let in', async () => {
  await insertNext({});
});

test.each(['seq', 'at', 'type', 'case', 'run', 'prev'])(
  'an insert whose body differs from its column %s is refused',
  async (name) => {
    const other: Line = {
      seq: 10,
      at: new Date(Date.parse(String(last['at'])) + 1).toISOString(),
      type: 'run.failed',
      case: 'FB-2020-0001',
      run: 'FB-2020-0001-1',
      prev: 'a'.repeat(64),
    };
    const right: Line = { ...last, seq: 9, prev: last['hash'] };
    await expect(insertNext({ [name]: other[name] }, { [name]: right[name] })).rejects.toThrow(
      'a column differs',
    );
  },
);

test("an insert with a hash that is not its body's is refused", async () => {
  await expect(insertNext({}, { hash: 'a'.repeat(64) })).rejects.toThrow('hash is not');
});

test("an insert with another time than the database's is refused", async () => {
  await expect(insertNext({ at: '2020-01-01T00:00:00.000Z' })).rejects.toThrow('another time');
});

test.each<[string, string, Verdict]>([
  [
    'a body edited',
    `update firebreak.audit_events set body = replace(body, '"n":2', '"n":7') where seq = 5`,
    broken(5, 'hash'),
  ],
  [
    'a column edited',
    `update firebreak.audit_events set case_id = 'FB-2020-0001' where seq = 5`,
    broken(5, 'column'),
  ],
  [
    'a time moved by a microsecond',
    `update firebreak.audit_events set at = at + interval '1 microsecond' where seq = 5`,
    broken(5, 'column'),
  ],
  [
    'a row deleted',
    'delete from firebreak.audit_texts where seq = 3; delete from firebreak.audit_events where seq = 3',
    broken(4, 'gap'),
  ],
  ['the last row deleted', 'delete from firebreak.audit_events where seq = 8', broken(7, 'head')],
  ['a text edited', `update firebreak.audit_texts set text = 'x' where name = 'note'`, broken(3, 'text')],
  ['the head edited', `update firebreak.audit_head set hash = repeat('a', 64)`, broken(8, 'head')],
])('finds what an owner did after the triggers were gone: %s', async (_, sql, expected) => {
  await using other = await ledgerFixture();
  await filledExport(other);
  await asRole(other.urls.adminUrl, `${ATTACK} ${sql}`);
  expect(essence(await verifyAudit(other.pool, []))).toEqual(expected);
  expect(await verdict(await exported(other.pool))).toEqual(expected);
});

test('a text that its owner erased leaves the trail intact and is counted', async () => {
  await using other = await ledgerFixture();
  await filledExport(other);
  await asRole(other.urls.ownerUrl, 'delete from firebreak.audit_texts where seq = 3');
  expect(await verifyAudit(other.pool, [])).toMatchObject({ verdict: 'intact', erasedTexts: 2 });
  expect(await verdict(await exported(other.pool))).toEqual({ verdict: 'intact' });
});

test('a trail of changes and links is intact for both verifiers, and tells what was sent', async () => {
  await using other = await ledgerFixture();
  const { id } = await other.request({ state: 'queued' });
  await other.ledger.write((transaction) =>
    transaction.claim(id, 'w', ['uid-1'], () => auditEvent('run.started', id)),
  );
  const { object, fence, resourceVersion } = newChange(id);
  const path = { group: '', version: 'v1', resource: 'nodes', name: 'node-a' };
  const body = {
    metadata: { labels: { 'a.dev/ü': 'nul \u0000', quarantine: null }, uid: 'uid-1', resourceVersion: '41' },
    spec: { unschedulable: true },
  };
  const intend = (sent: object) =>
    other.ledger.write((transaction) =>
      transaction.intend(newChange(id), (change) => ({
        ...auditEvent('change.intended', id),
        facts: {
          change,
          object,
          request: { method: 'PATCH', path, body: sent },
          fence,
          resourceVersion,
        },
      })),
    );
  // A name that the format has no place for ends the change before anything is sent.
  await expect(intend(body)).rejects.toThrow('request.body.metadata.labels has a name');
  expect(await other.ledger.changesOf(id)).toEqual([]);

  const { 'a.dev/ü': text, ...labels } = body.metadata.labels;
  const change = await intend({ ...body, metadata: { ...body.metadata, labels: { ...labels, a: text } } });
  if (change === 'lost') throw new Error('The run was held, and its change was lost.');
  await other.ledger.write((transaction) =>
    transaction.settle(
      change,
      { to: 'applied', fence },
      {
        ...auditEvent('change.settled', id),
        facts: { change: change.id, outcome: 'applied', fence, resourceVersion: '42', how: 'answered' },
      },
    ),
  );
  await other.ledger.write((transaction) =>
    transaction.append({
      ...auditEvent('link.issued', id),
      facts: { name: 'files.tar', version: 'v1', expiresAt: '2026-11-21T09:30:00.123Z' },
    }),
  );
  const lines = await exported(other.pool);
  expect(lines.slice(-3).map(({ type }) => type)).toEqual([
    'change.intended',
    'change.settled',
    'link.issued',
  ]);
  expect(JSON.parse(String(lines.at(-3)?.['body']))).toMatchObject({
    facts: { change: change.id, request: { body: { metadata: { labels: { a: 'nul \ufffd' } } } } },
  });
  expect(await verdict(lines)).toEqual({ verdict: 'intact' });
  const seq = Number(lines.at(-3)?.['seq']);
  const fields = { change: change.id, outcome: 'not applied', fence };
  expect(await verdict(lines.with(-2, forge(lines.at(-2) ?? {}, { facts: fields })))).toEqual(
    broken(seq + 2, 'prev'),
  );
});

test('many that append at once make one chain without a gap', async () => {
  await using other = await ledgerFixture();
  const { id } = await other.request();
  await Promise.all(
    Array.from({ length: 200 }, (_, n) =>
      other.ledger.write((transaction) =>
        transaction.append({ ...auditEvent('evidence.stored', id, { name: `file ${n}` }), facts: { n } }),
      ),
    ),
  );
  expect(await verifyAudit(other.pool, [])).toMatchObject({ verdict: 'intact', events: 202 });
});
