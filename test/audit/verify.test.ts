import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { verifyAudit, verifyAuditExport } from '../../src/postgres/audit-verify.ts';
import { type LedgerFixture, ledgerFixture } from '../ledger-fixture.ts';
import { broken, texts, type Verdict, verdict } from './both-verifiers.ts';
import { exported, filledExport } from './filled-export.ts';
import { forge, type Line, rebody, rewriteFrom } from './tamper.ts';

let fixture: LedgerFixture;
let good: readonly Line[];
beforeAll(async () => {
  fixture = await ledgerFixture();
  good = await filledExport(fixture);
});
afterAll(() => fixture[Symbol.asyncDispose]());

const event = (seq: number): Line => good[seq] ?? {};
const replaced = (seq: number, line: Line): readonly Line[] => good.with(seq, line);

test('finds a good trail intact, in the database, in its export and against its own anchors', async () => {
  const head = await fixture.ledger.head();
  const anchors = [head, { seq: 3, hash: String(event(3)['hash']) }, { seq: 0, hash: '0'.repeat(64) }];
  expect(await verifyAudit(fixture.pool, anchors)).toEqual({
    verdict: 'intact',
    events: 8,
    erasedTexts: 0,
    head,
  });
  expect(await verdict(good, anchors)).toEqual({ verdict: 'intact' });
});

test('finds an empty trail intact', async () => {
  await using empty = await ledgerFixture();
  expect(await verdict(await exported(empty.pool))).toEqual({ verdict: 'intact' });
  expect(await verifyAudit(empty.pool, [])).toMatchObject({ verdict: 'intact', events: 0 });
});

describe('names the first broken row of an export and how it is broken:', () => {
  test.each<[string, () => readonly Line[], Verdict]>([
    [
      'a field of a body edited',
      () => replaced(4, { ...event(4), body: String(event(4)['body']).replace('"n":1', '"n":2') }),
      broken(4, 'hash'),
    ],
    ['a hash edited', () => replaced(4, { ...event(4), hash: 'a'.repeat(64) }), broken(4, 'hash')],
    ['a body edited and hashed anew', () => replaced(4, forge(event(4), { facts: {} })), broken(5, 'prev')],
    [
      'the last body edited and hashed anew',
      () => replaced(8, forge(event(8), { facts: {} })),
      broken(8, 'head'),
    ],
    ['a column edited', () => replaced(4, { ...event(4), type: 'run.failed' }), broken(4, 'column')],
    [
      'a time edited',
      () => replaced(4, { ...event(4), at: '2020-01-01T00:00:00.000Z' }),
      broken(4, 'column'),
    ],
    ['a run taken off', () => replaced(4, { ...event(4), run: null }), broken(4, 'column')],
    ['a row dropped', () => good.toSpliced(4, 1), broken(5, 'gap')],
    ['the first row dropped', () => good.toSpliced(1, 1), broken(2, 'gap')],
    ['the last row dropped', () => good.slice(0, -1), broken(7, 'head')],
    ['all rows dropped', () => good.slice(0, 1), broken(0, 'head')],
    ['two rows swapped', () => good.with(4, event(5)).with(5, event(4)), broken(5, 'gap')],
    ['a row repeated', () => good.toSpliced(5, 0, event(4)), broken(4, 'order')],
    [
      'a forged row appended',
      () => [...good, forge(event(8), { seq: 9, prev: event(8)['hash'] })],
      broken(9, 'head'),
    ],
    ['a forged row that follows nothing', () => [...good, forge(event(8), { seq: 9 })], broken(9, 'prev')],
    [
      'a head edited',
      () => replaced(0, { ...event(0), head: { seq: 9, hash: 'a'.repeat(64) } }),
      broken(8, 'head'),
    ],
    [
      'a text edited',
      () => replaced(2, { ...event(2), texts: { reason: { salt: '00'.repeat(32), text: 'x' } } }),
      broken(2, 'text'),
    ],
    [
      'a text added',
      () => replaced(4, { ...event(4), texts: { reason: { salt: '00'.repeat(32), text: 'x' } } }),
      broken(4, 'text'),
    ],
    [
      'a body with spaces',
      () => replaced(4, rebody(event(4), String(event(4)['body']).replace('":', '": '))),
      broken(4, 'body'),
    ],
    ['a body with a fraction', () => replaced(4, forge(event(4), { facts: { n: 1.5 } })), broken(4, 'body')],
    [
      'a body with an exponent',
      () => replaced(4, rebody(event(4), String(event(4)['body']).replace('"n":1', '"n":1e0'))),
      broken(4, 'body'),
    ],
    [
      'a body with -0',
      () => replaced(4, rebody(event(4), String(event(4)['body']).replace('"n":1', '"n":-0'))),
      broken(4, 'body'),
    ],
    [
      'a body with a number that is too large',
      () => replaced(4, forge(event(4), { facts: { n: 2 ** 53 } })),
      broken(4, 'body'),
    ],
    [
      'a body with a member twice',
      () => replaced(4, rebody(event(4), String(event(4)['body']).replace('"n":1', '"n":0,"n":1'))),
      broken(4, 'body'),
    ],
    ['a body with one more member', () => replaced(4, forge(event(4), { more: 1 })), broken(4, 'body')],
    [
      'a body of another format',
      () => replaced(4, forge(event(4), { format: 'firebreak.audit/0' })),
      broken(4, 'body'),
    ],
    ['a body that is no object', () => replaced(4, rebody(event(4), '[]')), broken(4, 'body')],
    ['a body that is no JSON', () => replaced(4, rebody(event(4), '{')), broken(4, 'body')],
    ['a name that is not ASCII', () => replaced(4, forge(event(4), { facts: { ü: 1 } })), broken(4, 'body')],
  ])('%s', async (_, tampered, expected) => {
    expect(await verdict(tampered())).toEqual(expected);
  });

  test('a trail written anew from one event on shows only against an anchor', async () => {
    const anchor = { seq: 6, hash: String(event(6)['hash']) };
    const rewritten = rewriteFrom(good, 4, { facts: {} });
    expect(await verdict(rewritten)).toEqual({ verdict: 'intact' });
    expect(await verdict(rewritten, [anchor])).toEqual(broken(6, 'anchor'));
    expect(await verdict(rewritten, [{ seq: 3, hash: String(event(3)['hash']) }])).toEqual({
      verdict: 'intact',
    });
  });

  test('a trail that was cut short together with its head shows only against an anchor', async () => {
    const head = { seq: 6, hash: event(6)['hash'] };
    const short = [{ ...event(0), head }, ...good.slice(1, 7)];
    expect(await verdict(short)).toEqual({ verdict: 'intact' });
    const anchors = [8, 7].map((seq) => ({ seq, hash: String(event(seq)['hash']) }));
    expect(await verdict(short, anchors)).toEqual(broken(7, 'anchor'));
  });

  test('an erased text leaves the trail intact', async () => {
    const { note, ...rest } = Object(event(3)['texts']);
    expect(note).toMatchObject({ text: 'naïve\n"text"' });
    expect(await verdict(replaced(3, { ...event(3), texts: rest }))).toEqual({ verdict: 'intact' });
  });
});

test('refuses a file that is no export', async () => {
  for (const lines of [[], [{ format: 'other' }], [event(0), { seq: 1 }]])
    await expect(verifyAuditExport(texts(lines), [])).rejects.toMatchObject({ code: 'command-invalid' });
});
