import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { FirebreakError } from '../../src/core/firebreak-error.ts';
import { proofAges } from '../../src/flow/proofs/proof-ages.ts';
import { proveAllDue } from '../../src/flow/proofs/prove-all-due.ts';
import { reprove } from '../../src/flow/proofs/reprove.ts';
import { writeProof } from '../../src/flow/proofs/write-proof.ts';
import {
  LABEL_PATH,
  POD,
  type ProofScene,
  policyOf,
  proofOf,
  proofScene,
  type Scripted,
} from './proof-scene.ts';

let scene: ProofScene;
beforeEach(async () => {
  scene = await proofScene();
});
afterEach(() => scene[Symbol.asyncDispose]());

const away = new FirebreakError({
  code: 'cluster-unreachable',
  message: 'The cluster can’t be reached.',
  next: 'Look at its address.',
});
/** One more round, 5 minutes after the one before. */
const next = async (...script: readonly Scripted[]): Promise<void> => {
  scene.script(...script);
  await scene.later();
  expect(await scene.round()).toBe(1);
};

const cardVersion = async (run: string): Promise<unknown> =>
  (
    await scene.fixture.pool.query(
      `select version from firebreak.messages where run_id = $1 and notice = 'card'`,
      [run],
    )
  ).rows[0]?.version;

describe('a proof is repeated', () => {
  test('every 5 minutes, and never earlier', async () => {
    const { id } = await scene.isolated('CONTAINED');
    expect(await scene.round()).toBe(0);
    await next('CONTAINED');
    expect(await scene.round()).toBe(0);
    await next('CONTAINED');
    expect(scene.counted).toEqual(['isolate CONTAINED', 'isolate CONTAINED']);
    expect(await scene.events(id)).toMatchObject([
      { type: 'isolation.proved', made: 'by the run', verdict: 'CONTAINED' },
      { type: 'isolation.proved', made: 'repeated', verdict: 'CONTAINED' },
      { type: 'isolation.proved', made: 'repeated', verdict: 'CONTAINED' },
    ]);
    expect(await scene.notices(id)).toEqual([]);
  });

  test('by the identity of its run, with what the run was given and what it proved last', async () => {
    const { id, case: caseId } = await scene.isolated('PARTIAL');
    await next('PARTIAL');
    expect(scene.assumed).toEqual([
      {
        identity: 'act',
        onBehalfOf: { run: id, case: caseId, requester: 'U1', approvers: [] },
      },
    ]);
    expect(scene.contexts).toMatchObject([
      {
        target: { uid: 'uid-1' },
        names: { run: id, case: caseId },
        changes: [{ object: policyOf(id) }, { object: POD }],
        entry: { name: 'lab' },
        last: { verdict: 'PARTIAL' },
      },
    ]);
  });

  test('until nothing of it is held any more', async () => {
    const run = await scene.isolated('CONTAINED');
    await scene.undo(run);
    await scene.later();
    expect(await scene.round()).toBe(1);
    await scene.later();
    expect(await scene.round()).toBe(0);
    expect(scene.contexts).toEqual([]);
    expect(await scene.notices(run.id)).toEqual([]);
  });

  test('also where the last change that was tried there was refused', async () => {
    const run = await scene.isolated('CONTAINED');
    const other = await scene.runs.running();
    const fields = [{ path: LABEL_PATH, before: run.id, after: null }];
    const refused = await scene.runs.intended({
      ...{ run: other, cluster: 'lab', object: POD, fields, resourceVersion: '10', fence: 1 },
    });
    await scene.runs.settle(refused, 'not applied');
    await scene.runs.end(other);
    await scene.later();
    scene.script('CONTAINED');
    await reprove(scene.deps(), new AbortController().signal);
    expect(await scene.events(run.id)).toHaveLength(2);
  });

  test('again, if need be, when something is done to the same objects later', async () => {
    const run = await scene.isolated('CONTAINED');
    await scene.undo(run);
    await scene.later();
    await scene.round();
    const other = await scene.isolated('CONTAINED');
    await scene.later();
    scene.script('CONTAINED');
    // The other's own, and a look at the first one's.
    expect(await scene.round()).toBe(2);
    expect(scene.contexts).toMatchObject([{ names: { run: other.id } }]);
  });

  test('at once for a run that failed before it proved anything', async () => {
    const { id } = await scene.isolated('none', 'failed');
    scene.script('NOT ENFORCED');
    expect(await scene.round()).toBe(1);
    expect(await scene.notices(id)).toEqual(['proof-failed']);
  });

  test('for a run that was cancelled after its changes: what it did is in force', async () => {
    await scene.isolated('none', 'cancelled');
    await scene.later();
    expect(await scene.round()).toBe(1);
  });
});

describe('the channel is told', () => {
  test('of the first failure, not of an equal one, and quietly of its end', async () => {
    const { id } = await scene.isolated('CONTAINED');
    await next('NOT ENFORCED');
    expect(await scene.notices(id)).toEqual(['proof-failed']);
    expect((await scene.fixture.ledger.run(id))?.proven).toMatchObject({
      verdict: 'NOT ENFORCED',
      state: 'failing',
    });
    await next('NOT ENFORCED');
    expect(await cardVersion(id)).toBe(1);
    await next('PARTIAL');
    expect(await cardVersion(id)).toBe(2);
    expect(await scene.notices(id)).toEqual(['proof-failed']);
    await next('CONTAINED');
    expect(await scene.notices(id)).toEqual(['proof-failed', 'proof-again']);
    await next('PARTIAL');
    await next('NOT ENFORCED');
    expect(await scene.notices(id)).toEqual(['proof-failed', 'proof-again', 'proof-failed', 'proof-failed']);
  });

  test('once that a proof is missing, after two rounds, and when it is there again', async () => {
    const { id } = await scene.isolated('CONTAINED');
    await next(away);
    expect(await scene.notices(id)).toEqual([]);
    await next(away);
    expect(await scene.notices(id)).toEqual(['proof-missed']);
    expect((await scene.fixture.ledger.run(id))?.proven).toMatchObject({
      verdict: 'CONTAINED',
      state: 'not proven',
    });
    await next(away);
    await next('CONTAINED');
    expect(await scene.notices(id)).toEqual(['proof-missed', 'proof-again']);
    expect(await scene.events(id)).toContainEqual({
      ...{ type: 'isolation.not-proved', proof: expect.any(String), made: 'repeated', drifted: 0 },
      ...{ code: 'cluster-unreachable', told: 'not proven' },
    });
  });

  test('of a label that someone took away, with who wrote it, though the proof still holds', async () => {
    const { id } = await scene.isolated('CONTAINED');
    scene.objects.set('pods/x', {
      metadata: {
        ...{ name: 'x', namespace: 'payments', uid: 'uid-1', labels: { [LABEL_PATH[2]]: 'none' } },
        managedFields: [
          {
            manager: 'kubectl-label',
            operation: 'Update',
            time: '2026-11-21T09:41:00Z',
            fieldsV1: { 'f:metadata': { 'f:labels': { [`f:${LABEL_PATH[2]}`]: {} } } },
          },
        ],
      },
    });
    await next('CONTAINED');
    await next('CONTAINED');
    expect(await scene.notices(id)).toEqual(['proof-failed']);
    const last = (await scene.fixture.ledger.lastProofs([id])).get(id);
    expect(last?.newest.drifted).toEqual([
      {
        object: POD,
        ...{ field: `label ${LABEL_PATH[2]}`, now: 'changed', is: 'none', was: id },
        by: { manager: 'kubectl-label', at: '2026-11-21T09:41:00Z', wrote: 'this field' },
      },
    ]);
  });

  test('with what others did next to it since the proof before', async () => {
    const { id } = await scene.isolated('CONTAINED');
    const at = (ms: number): string => new Date(Date.now() + ms).toISOString();
    const policy = (name: string, created: string, written: string, manager: string) =>
      scene.objects.set(`networkpolicies/${name}`, {
        metadata: {
          ...{ name, namespace: 'payments', uid: `uid-${name}`, creationTimestamp: created },
          managedFields: [{ manager, operation: 'Update', time: written, fieldsV1: { 'f:spec': {} } }],
        },
      });
    policy('old', at(-9_000_000), at(-9_000_000), 'helm');
    policy('allow-all', at(60_000), at(60_000), 'kubectl-create');
    policy('frontend', at(-9_000_000), at(90_000), 'argocd-controller');
    await next('PARTIAL');
    await next('PARTIAL');
    const rounds = (await scene.fixture.pool.query('select around from firebreak.proofs order by id')).rows;
    expect(rounds.map(({ around }) => JSON.parse(around))).toEqual([
      [],
      [
        {
          object: { kind: 'networkpolicy', namespace: 'payments', name: 'allow-all', uid: 'uid-allow-all' },
          now: 'new',
          by: expect.objectContaining({ manager: 'kubectl-create' }),
        },
        expect.objectContaining({
          now: 'changed',
          by: expect.objectContaining({ manager: 'argocd-controller' }),
        }),
      ],
      [],
    ]);
    expect(await scene.notices(id)).toEqual(['proof-failed']);
  });

  test('of a policy that is gone, and of the pod, which is not proven then', async () => {
    const { id } = await scene.isolated('CONTAINED');
    scene.objects.delete(`networkpolicies/${policyOf(id).name}`);
    await next('CONTAINED');
    scene.objects.set('pods/x', { metadata: { name: 'x', namespace: 'payments', uid: 'uid-2' } });
    await next();
    expect(await scene.notices(id)).toEqual(['proof-failed', 'proof-failed']);
    // Nothing of it is left.
    await scene.later();
    expect(await scene.round()).toBe(0);
  });

  test('nothing of a foothold that came to its deadline', async () => {
    const run = await scene.isolated('CONTAINED', 'succeeded', 'with a probe pod');
    await next('CONTAINED');
    expect(await scene.notices(run.id)).toEqual([]);
    await scene.undo(run);
    await scene.later();
    expect(await scene.round()).toBe(1);
    await scene.later();
    expect(await scene.round()).toBe(0);
  });

  test('nothing of a proof during which the run was undone', async () => {
    const run = await scene.isolated('CONTAINED');
    scene.script(async () => {
      await scene.undo(run);
      return proofOf('NOT ENFORCED');
    });
    await scene.later();
    await scene.round();
    expect(await scene.notices(run.id)).toEqual([]);
    expect(await scene.events(run.id)).toHaveLength(1);
  });

  test('nothing while another run is at work on what it changed', async () => {
    const run = await scene.isolated('CONTAINED');
    const undo = await scene.runs.running();
    await scene.runs.intended({
      ...{ run: undo, cluster: 'lab', object: POD, resourceVersion: '11', fence: 1 },
      fields: [{ path: LABEL_PATH, before: run.id, after: null }],
    });
    await scene.later();
    expect(await scene.round()).toBe(1);
    expect(scene.contexts).toEqual([]);
    expect(await scene.round()).toBe(0);
  });
});

describe('of several replicas', () => {
  test('one repeats a proof', async () => {
    await scene.isolated('CONTAINED');
    await scene.later();
    scene.script('CONTAINED');
    const signal = new AbortController().signal;
    await Promise.all([proveAllDue(scene.deps(), signal), proveAllDue(scene.deps(), signal)]);
    expect(scene.contexts).toHaveLength(1);
  });

  test('another takes over what a dead one had begun, and the dead one’s late word does not count', async () => {
    const { id } = await scene.isolated('CONTAINED');
    await scene.later();
    const held = Promise.withResolvers<ReturnType<typeof proofOf>>();
    scene.script(() => held.promise, 'CONTAINED');
    const slow = reprove(scene.deps(), new AbortController().signal);
    await expect.poll(() => scene.contexts.length).toBe(1);
    expect(await scene.round()).toBe(0);
    await scene.clock.advance(101_000);
    expect(await scene.round()).toBe(1);
    held.resolve(proofOf('NOT ENFORCED'));
    await slow;
    expect(await scene.events(id)).toMatchObject([{ verdict: 'CONTAINED' }, { verdict: 'CONTAINED' }]);
    expect(await scene.notices(id)).toEqual([]);
  });

  test('one that stops hands its proof over at once', async () => {
    await scene.isolated('CONTAINED');
    await scene.later();
    const stop = new AbortController();
    scene.script(
      (context) =>
        new Promise((_, reject) =>
          context.signal.addEventListener('abort', () => reject(new Error('ended'))),
        ),
      'CONTAINED',
    );
    const stopping = reprove(scene.deps(), stop.signal);
    await expect.poll(() => scene.contexts.length).toBe(1);
    stop.abort(new Error('stopping'));
    await stopping;
    expect(await scene.round()).toBe(1);
    expect(scene.contexts).toHaveLength(2);
  });
});

test('a worker that lost its run writes no proof of it', async () => {
  const id = await scene.runs.running();
  const before = await scene.fixture.ledger.run(id);
  if (before === undefined) throw new Error('the run is gone');
  await scene.runs.claim(id);
  await expect(writeProof(scene.deps(), before, proofOf('CONTAINED'))).rejects.toMatchObject({
    code: 'superseded',
  });
  expect(await scene.events(id)).toEqual([]);
  await writeProof(scene.deps(), { ...before, fence: 2 }, proofOf('PARTIAL'));
  expect((await scene.fixture.ledger.run(id))?.proven).toMatchObject({ verdict: 'PARTIAL', state: 'good' });
});

test('a proof that hangs is given up after a minute', async () => {
  const { id } = await scene.isolated('CONTAINED');
  await scene.later();
  scene.script(() => new Promise(() => undefined));
  const slept: number[] = [];
  const hasty = {
    now: () => new Date(),
    monotonicMs: () => 0,
    sleep: async (ms: number) => {
      slept.push(ms);
      await expect.poll(() => scene.contexts.length).toBe(1);
    },
  };
  expect(await scene.round({ clock: hasty })).toBe(1);
  expect(slept).toEqual([60_000]);
  expect(await scene.events(id)).toContainEqual(expect.objectContaining({ code: 'cluster-timeout' }));
});

test('in-force says how old the last proof is, and what it came to', async () => {
  const { id } = await scene.isolated('CONTAINED');
  const lines = () => proofAges(scene.fixture, [id, id]);
  await scene.clock.advance(3 * 60_000);
  expect(await lines()).toEqual([`${id}: proven CONTAINED 3 min ago`]);
  await next(away);
  expect(await lines()).toEqual([
    `${id}: last proven CONTAINED 8 min ago; NOT PROVEN since: ${away.sentence}`,
  ]);
});

test('proofs stay as they are', async () => {
  await scene.isolated('CONTAINED');
  const { pool } = scene.fixture;
  await expect(pool.query(`update firebreak.proofs set verdict = 'PARTIAL'`)).rejects.toThrow(
    'permission denied',
  );
  await expect(pool.query('delete from firebreak.proofs')).rejects.toThrow('permission denied');
});
