import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Run } from '../../src/flow/ledger.ts';
import { sweep } from '../../src/flow/sweep.ts';
import { type ProofScene, proofScene } from './proof-scene.ts';

const HOUR_MS = 3_600_000;

let scene: ProofScene;
beforeEach(async () => {
  scene = await proofScene();
});
afterEach(() => scene[Symbol.asyncDispose]());

/** An isolation for 4 hours, that is watched. */
const isolated = async (): Promise<Run> => {
  const run = await scene.isolated('CONTAINED', 'succeeded', 'and no more', { for: 4 * 3_600 });
  expect(await scene.round()).toBe(0);
  return run;
};

const asked = async (run: string): Promise<unknown> => {
  const { rows } = await scene.fixture.pool.query(
    `select (select count(*)::int from firebreak.messages where run_id = $1 and notice = 'time-up') as messages,
       (select count(*)::int from firebreak.audit_events where run_id = $1 and type = 'run.time-up') as events`,
    [run],
  );
  return rows[0];
};

test('asks once when the time is up that it was asked for, and never earlier', async () => {
  const { id } = await isolated();
  await scene.clock.advance(4 * HOUR_MS - 60_000);
  await sweep(scene.fixture);
  expect(await asked(id)).toEqual({ messages: 0, events: 0 });
  await scene.clock.advance(61_000);
  await sweep(scene.fixture);
  expect(await asked(id)).toEqual({ messages: 1, events: 1 });
  await scene.clock.advance(HOUR_MS);
  await sweep(scene.fixture);
  expect(await asked(id)).toEqual({ messages: 1, events: 1 });
  // The isolation is as it was: no run was made for it.
  expect(await scene.fixture.ledger.run(id)).toMatchObject({ state: 'succeeded' });
  expect((await scene.fixture.pool.query('select from firebreak.runs')).rowCount).toBe(1);
});

test('asks also of a plan that holds what jsonb refuses', async () => {
  const { id } = await scene.isolated('CONTAINED', 'succeeded', 'and no more', {
    ...{ container: 'nul \u0000 and "arguments":{"for":1}', for: 4 * 3_600 },
  });
  await scene.round();
  await scene.clock.advance(3 * HOUR_MS);
  await sweep(scene.fixture);
  expect(await asked(id)).toEqual({ messages: 0, events: 0 });
  await scene.clock.advance(2 * HOUR_MS);
  await sweep(scene.fixture);
  expect(await asked(id)).toEqual({ messages: 1, events: 1 });
});

test('is asked by one of several replicas', async () => {
  const { id } = await isolated();
  await scene.clock.advance(5 * HOUR_MS);
  await Promise.all([1, 2, 3, 4].map(() => sweep(scene.fixture)));
  expect(await asked(id)).toEqual({ messages: 1, events: 1 });
});

test('a replica that dies before it is done leaves the question to the next', async () => {
  const { id } = await isolated();
  await scene.clock.advance(5 * HOUR_MS);
  const { ledger } = scene.fixture;
  const dying: typeof ledger = Object.create(ledger);
  dying.due = () => ledger.due();
  dying.run = (id) => ledger.run(id);
  dying.withoutJob = () => ledger.withoutJob();
  dying.write = (work) =>
    ledger.write(async (transaction) => {
      await work(transaction);
      throw new Error('killed before the commit');
    });
  await expect(sweep({ ledger: dying })).rejects.toThrow('1 run');
  expect(await asked(id)).toEqual({ messages: 0, events: 0 });
  await sweep(scene.fixture);
  expect(await asked(id)).toEqual({ messages: 1, events: 1 });
});

test('nothing is asked of one that was put back before, though no proof was due since', async () => {
  const run = await isolated();
  await scene.clock.advance(3 * HOUR_MS);
  await scene.undo(run);
  await scene.clock.advance(2 * HOUR_MS);
  await sweep(scene.fixture);
  expect(await asked(run.id)).toEqual({ messages: 0, events: 0 });
});

test('nothing is asked of one without a time', async () => {
  const { id } = await scene.isolated('CONTAINED');
  expect(await scene.round()).toBe(0);
  await scene.clock.advance(100 * HOUR_MS);
  await sweep(scene.fixture);
  expect(await asked(id)).toEqual({ messages: 0, events: 0 });
});
