import { afterEach, beforeEach, expect, test } from 'vitest';
import { type ProofScene, proofScene } from '../../test/flow/proof-scene.ts';
import { PostgresOutbox } from './outbox.ts';

const LEASE_MS = 20_000;

let scene: ProofScene;
let outbox: PostgresOutbox;
beforeEach(async () => {
  scene = await proofScene();
  const { pool, urls } = scene.fixture;
  outbox = new PostgresOutbox({ pool, url: urls.serveUrl, onError: () => undefined });
});
afterEach(async () => {
  await outbox.close();
  await scene[Symbol.asyncDispose]();
});

test('messages about proofs are owed one for each, with what it is about and what was proven before', async () => {
  const { id } = await scene.isolated('CONTAINED');
  for (const verdict of ['PARTIAL', 'NOT ENFORCED'] as const) {
    scene.script(verdict);
    await scene.later();
    await scene.round();
  }
  const card = await outbox.claim(LEASE_MS);
  expect(card).toMatchObject({ id: `${id}/card`, notice: 'card' });
  expect(card).not.toHaveProperty('about');
  await outbox.shown(`${id}/card`, card?.version ?? 0, '1.1');

  const first = await outbox.claim(LEASE_MS);
  expect(first).toMatchObject({
    ...{ notice: 'proof-failed', attempt: 'first', cardTs: '1.1' },
    about: {
      round: { result: { proof: { verdict: 'PARTIAL' } }, news: 'failed' },
      before: { proof: { verdict: 'CONTAINED' } },
    },
  });
  // The second waits for the first, and is not shown by it.
  expect(await outbox.claim(LEASE_MS)).toBeUndefined();
  await outbox.shown(first?.id ?? '', 1, '1.2');
  const second = await outbox.claim(LEASE_MS);
  expect(second).toMatchObject({
    ...{ notice: 'proof-failed', attempt: 'first' },
    about: {
      round: { result: { proof: { verdict: 'NOT ENFORCED' } } },
      before: { proof: { verdict: 'PARTIAL' } },
    },
  });
  await outbox.shown(second?.id ?? '', 1, '1.3');
  expect(await outbox.claim(LEASE_MS)).toBeUndefined();
  const { rows } = await scene.fixture.pool.query(
    `select ts from firebreak.messages where run_id = $1 order by ts`,
    [id],
  );
  expect(rows.map(({ ts }) => ts)).toEqual(['1.1', '1.2', '1.3']);
});
