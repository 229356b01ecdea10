import { afterAll, beforeAll, expect, test } from 'vitest';
import type { ExecuteContext, Outcome } from '../../src/core/verb.ts';
import { changingRuns } from '../changing-runs.ts';
import { auditEvent, REQUESTER } from '../ledger-fixture.ts';
import { type Execution, execution } from './execution.ts';

let world: Execution;
beforeAll(async () => {
  world = await execution();
});
afterAll(() => world?.[Symbol.asyncDispose]());

async function* text(words: string): AsyncGenerator<Uint8Array> {
  yield Buffer.from(words);
}

const outcome: Outcome = { summary: 'Done.', findings: [] };

const putOne = async ({ bundle }: ExecuteContext): Promise<Outcome> => {
  await bundle.put('pod.json', 'GET pods/x', text('{}'));
  return outcome;
};

const namesIn = async (run: { readonly id: string; readonly case: string }): Promise<readonly string[]> =>
  (await world.store.inventory(`${run.case}/${run.id}`, () => true, new AbortController().signal)).map(
    ({ name }) => name,
  );

const stored = async (id: string) => {
  const run = await world.fixture.ledger.run(id);
  if (run === undefined) throw new Error('the run is gone');
  return run;
};

test('a run ends with a sealed bundle', async () => {
  const { id } = await world.request();
  await world.execute(id, putOne);
  const run = await stored(id);
  expect(run).toMatchObject({ state: 'succeeded', result: { evidence: { completeness: 'complete' } } });
  expect(await namesIn(run)).toEqual(['SHA256SUMS', 'manifest.json', 'pod.json']);
});

test('a worker that was followed leaves its job to its successor, however it ends', async () => {
  const { id } = await world.request();
  const runs = changingRuns(world.fixture);
  const ended = await world.execute(id, async () => {
    await runs.intended({
      ...{ run: id, cluster: 'lab', fence: 1, resourceVersion: '10' },
      object: { kind: 'pod', namespace: 'payments', name: 'x', uid: 'uid-1' },
      fields: [{ path: ['metadata', 'labels', 'team'], before: null, after: 'red' }],
    });
    await runs.claim(id);
    throw new Error('the connection broke');
  });
  expect(ended).toBe('done');
  expect(await stored(id)).toMatchObject({ state: 'running', fence: 2 });
  expect(await runs.end(id, 2)).toBe('done');
});

test('a run that is cancelled while it collects keeps what it has, sealed', async () => {
  const { id } = await world.request();
  await world.execute(id, async (context) => {
    await context.bundle.put('pod.json', 'GET pods/x', text('{}'));
    await world.fixture.ledger.write((transaction) =>
      transaction.requestCancel(id, REQUESTER, auditEvent('run.cancel-requested', id)),
    );
    await new Promise((_, reject) => {
      context.signal.addEventListener('abort', () => reject(context.signal.reason));
    });
    return outcome;
  });
  const run = await stored(id);
  expect(run).toMatchObject({
    state: 'cancelled',
    result: { evidence: { artifacts: [{ name: 'pod.json' }] } },
  });
  expect(await namesIn(run)).toContain('manifest.json');
});

test('a bundle that another installation left under the same name is not touched, and the run says so', async () => {
  const { id, case: caseId } = await world.request();
  const writer = await world.store.create(`${caseId}/${id}`, 'pod.json', new AbortController().signal);
  await writer.write(Buffer.from('an older truth'));
  await writer.close();
  await world.execute(id, putOne);
  const run = await stored(id);
  expect(run.state).toBe('failed');
  expect(run.result?.failure).toContain('already holds pod.json');
});

test('a name that a slow predecessor took sends the run round once more, into a whole bundle', async () => {
  const { id, case: caseId } = await world.request();
  await world.fixture.ledger.write((transaction) =>
    transaction.claim(id, 'slow/1', [], () => auditEvent('run.started', id)),
  );
  const slow = async ({ bundle }: ExecuteContext): Promise<Outcome> => {
    const writer = await world.store.create(`${caseId}/${id}`, 'pod.json', new AbortController().signal);
    await writer.close();
    await bundle.put('pod.json', 'GET pods/x', text('{}'));
    return outcome;
  };
  await expect(world.execute(id, slow)).rejects.toMatchObject({ code: 'interrupted' });
  expect((await stored(id)).state).toBe('running');
  await world.execute(id, putOne);
  const run = await stored(id);
  expect(run).toMatchObject({ state: 'succeeded', fence: 3 });
  expect(await namesIn(run)).toEqual(expect.arrayContaining(['manifest.json', 'superseded-1/pod.json']));
});

test('a worker that lost the run before it seals adds no event and no end', async () => {
  const { id } = await world.request();
  await world.execute(id, async (context) => {
    await putOne(context);
    await world.fixture.ledger.write((transaction) =>
      transaction.claim(id, 'test/2', [], () => auditEvent('run.taken-over', id)),
    );
    return outcome;
  });
  expect(await stored(id)).toMatchObject({ state: 'running', fence: 2 });
  const { rows } = await world.fixture.pool.query(
    `select type from firebreak.audit_events where run_id = $1 order by seq`,
    [id],
  );
  expect(rows.map(({ type }) => type)).toEqual(['run.requested', 'run.started', 'run.taken-over']);
});

test('a worker that loses the run while it seals records no bundle of its own', async () => {
  const { id } = await world.request();
  world.onCreate = async (name) => {
    if (name !== 'manifest.json') return;
    await world.fixture.ledger.write((transaction) =>
      transaction.claim(id, 'test/2', [], () => auditEvent('run.taken-over', id)),
    );
  };
  await world.execute(id, putOne);
  world.onCreate = async () => undefined;
  const { rows } = await world.fixture.pool.query(
    `select type from firebreak.audit_events where run_id = $1 and type like 'evidence.%'`,
    [id],
  );
  expect(rows).toEqual([]);
  expect(await stored(id)).toMatchObject({ state: 'running', fence: 2 });
});

test('evidence goes nowhere else than the approval says', async () => {
  const { id } = await world.request({ evidence: '/elsewhere' });
  await world.execute(id, putOne);
  const run = await stored(id);
  expect(run.state).toBe('failed');
  expect(run.result?.failure).toContain('/elsewhere');
  expect(await namesIn(run)).toEqual([]);
});
