import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { RecordedRequest } from '../../sandbox/cluster/api/recorded-request.ts';
import type { Run } from '../../src/flow/ledger.ts';
import {
  denyPolicy,
  type MadeObjectsScene,
  madeName,
  madeObjectsScene,
  policyKey,
  setLabel,
} from './made-objects-scene.ts';

let scene: MadeObjectsScene;
beforeEach(async () => {
  scene = await madeObjectsScene();
  scene.intends({
    writes: (names) => [denyPolicy(names, 'deny'), setLabel('label', 'firebreak.dev/isolated-by', names.run)],
  });
});
afterEach(async () => {
  try {
    expect(await scene.violations()).toEqual([]);
  } finally {
    await scene[Symbol.asyncDispose]();
  }
});

const NODE = { group: '', resource: 'nodes', namespace: '', name: 'node-a' } as const;
const isRealDelete = ({ method, path }: RecordedRequest): boolean =>
  method === 'DELETE' && !path.includes('dryRun');
const deletes = () => scene.cluster.requests.filter(isRealDelete);
const nameOf = ({ id }: Run): string => madeName({ run: id });
const textOf = async (command: string): Promise<string> => JSON.stringify(await scene.told(command));

describe('what a run made', () => {
  test('is taken away once, bound to its UID and resourceVersion', async () => {
    const run = await scene.does('fence lab pod/x');
    const made = scene.policy(nameOf(run))?.metadata;
    await scene.does(`undo ${run.id}`);
    expect(deletes().map(({ body }) => JSON.parse(body ?? ''))).toMatchObject([
      { preconditions: { uid: made?.uid, resourceVersion: made?.resourceVersion } },
    ]);
  });

  test('and whose deletion was carried out without an answer is not deleted again', async () => {
    const run = await scene.does('fence lab pod/x');
    scene.cluster.faults.loseAnswerOnce(isRealDelete);
    const undone = await scene.does(`undo ${run.id}`);
    expect(undone).toMatchObject({ state: 'succeeded' });
    expect(deletes()).toHaveLength(1);
    expect((await scene.fixture.ledger.changesOf(undone.id)).map(({ state }) => state)).toEqual([
      'applied',
      'applied',
    ]);
  });

  test('and whose deletion never arrived is deleted by the next try', async () => {
    const run = await scene.does('fence lab pod/x');
    scene.cluster.faults.statusOnce(503, isRealDelete);
    expect(await scene.does(`undo ${run.id}`)).toMatchObject({ state: 'succeeded' });
    expect(scene.policy(nameOf(run))).toBeUndefined();
  });

  test('and that somebody took away between plan and run is found gone, and the ledger told', async () => {
    const run = await scene.does('fence lab pod/x');
    const asked = await scene.ask(`undo ${run.id}`);
    scene.cluster.removeObject(policyKey(nameOf(run)));
    const undone = await scene.execute(asked.id);
    expect(undone).toMatchObject({ state: 'succeeded' });
    expect(deletes()).toEqual([]);
    expect(await scene.run(run.id)).toMatchObject({ undoneBy: undone.id });
    expect(await scene.told('in-force')).toMatchObject({ text: expect.stringContaining('holds nothing') });
  });

  test('and that somebody took away in the moment of its deletion is found gone', async () => {
    const run = await scene.does('fence lab pod/x');
    const asked = await scene.ask(`undo ${run.id}`);
    const held = scene.cluster.faults.holdBefore(isRealDelete);
    const running = scene.execute(asked.id);
    await held.reached;
    scene.cluster.removeObject(policyKey(nameOf(run)));
    held.release('go on');
    expect(await running).toMatchObject({ state: 'succeeded' });
    expect((await scene.fixture.ledger.changesOf(asked.id)).map(({ state }) => state)).toEqual([
      'applied',
      'not applied',
      'applied',
    ]);
  });

  test('and whose name somebody else has by then is known to be gone, though its answer was lost', async () => {
    const run = await scene.does('fence lab pod/x');
    const asked = await scene.ask(`undo ${run.id}`);
    const policy = scene.policy(nameOf(run));
    if (policy === undefined) throw new Error('nothing was made');
    const held = scene.cluster.faults.holdAnswer(isRealDelete);
    const running = scene.execute(asked.id);
    await held.reached;
    scene.cluster.addObject({
      ...{ apiVersion: policy.apiVersion, kind: policy.kind, spec: { podSelector: {} } },
      metadata: { name: policy.metadata.name, namespace: 'payments' },
    });
    held.release('forget');
    expect(await running).toMatchObject({ state: 'succeeded' });
    expect((await scene.fixture.ledger.changesOf(asked.id)).map(({ state }) => state)).toEqual([
      'applied',
      'applied',
    ]);
    expect(deletes()).toHaveLength(1);
    expect(scene.policy(nameOf(run))).toBeDefined();
  });

  test('and that somebody changed is left, said on the card, and stays in force', async () => {
    const run = await scene.does('fence lab pod/x');
    scene.cluster.changeObject(policyKey(nameOf(run)), { spec: { ingress: [{}] } });
    const undone = await scene.does(`undo ${run.id}`);
    expect(undone.plan.risks.join(' ')).toContain('is not as Firebreak made it any more: left as it is');
    expect(undone.result?.summary).toContain(
      `Someone changed networkpolicy/${nameOf(run)} in payments since, which is left as it is.`,
    );
    expect(await scene.run(run.id)).not.toHaveProperty('undoneBy');
    expect(scene.policy(nameOf(run))).toBeDefined();
    const told = await textOf('in-force');
    expect(told).toContain('changed by someone else since');
    expect(told).toContain(`kubectl delete networkpolicies.networking.k8s.io/${nameOf(run)} -n payments`);
  });

  test('and that somebody changed after the plan is left, and the undo fails with that sentence', async () => {
    const run = await scene.does('fence lab pod/x');
    const asked = await scene.ask(`undo ${run.id}`);
    scene.cluster.changeObject(policyKey(nameOf(run)), {
      spec: { podSelector: { matchLabels: { one: 'more' } } },
    });
    const undone = await scene.execute(asked.id);
    expect(undone.state).toBe('failed');
    expect(undone.result?.failure).toContain('is not as Firebreak made it, so it was left as it is');
    expect(deletes()).toEqual([]);
  });

  test('and to which only defaults and somebody’s labels were added is taken away', async () => {
    const run = await scene.does('fence lab pod/x');
    scene.cluster.changeObject(policyKey(nameOf(run)), { metadata: { labels: { team: 'red' } } });
    await scene.does(`undo ${run.id}`);
    expect(scene.policy(nameOf(run))).toBeUndefined();
  });

  test('is taken away although its target is gone', async () => {
    const run = await scene.does('fence lab pod/x');
    await scene.cluster.replacePod('payments', 'x');
    const undone = await scene.does(`undo ${run.id}`);
    expect(undone).toMatchObject({ state: 'succeeded' });
    expect(undone.plan.targets).toMatchObject([{ presence: 'gone' }]);
    expect(undone.result?.summary).not.toContain('left as it is');
    expect(scene.policy(nameOf(run))).toBeUndefined();
    expect(scene.pod().metadata.labels).not.toHaveProperty('firebreak.dev/case');
    expect(await scene.run(run.id)).toMatchObject({ undoneBy: undone.id });
    expect(await textOf(`undo ${run.id}`)).toContain('is left to put back');
  });

  test('is not taken away a second time by an undo that is asked again', async () => {
    const run = await scene.does('fence lab pod/x');
    await scene.does(`undo ${run.id}`);
    expect(await textOf(`undo ${run.id}`)).toContain(`${nameOf(run)} in payments was taken away already`);
  });

  test('and of which nobody knows whether it was taken away is looked at by the next undo', async () => {
    const run = await scene.does('fence lab pod/x');
    scene.cluster.faults.status(503, isRealDelete);
    expect(await scene.does(`undo ${run.id}`)).toMatchObject({ state: 'failed' });
    scene.cluster.faults.clear();
    expect(scene.policy(nameOf(run))).toBeDefined();
    expect(await scene.does(`undo ${run.id}`)).toMatchObject({ state: 'succeeded' });
    expect(scene.policy(nameOf(run))).toBeUndefined();
  });
});

describe('another object that a run changed', () => {
  beforeEach(() => {
    const node = scene.cluster.object(NODE);
    scene.intends({
      writes: () => [
        setLabel('label', 'team', 'red'),
        {
          ...{ action: 'set', step: 'hold', raw: node },
          object: { kind: 'node', namespace: '', name: 'node-a', uid: node?.metadata.uid ?? '' },
          fields: [{ path: ['metadata', 'annotations', 'hold'], value: 'true' }],
        },
      ],
    });
  });
  const annotations = () => scene.cluster.object(NODE)?.metadata.annotations ?? {};

  test('is marked, and put back by its undo', async () => {
    const before = annotations();
    const run = await scene.does('fence lab pod/x');
    expect(run).toMatchObject({ state: 'succeeded' });
    expect(annotations()).toMatchObject({ hold: 'true', 'firebreak.dev/run': run.id });
    expect(await scene.does(`undo ${run.id}`)).toMatchObject({ state: 'succeeded' });
    expect(annotations()).toEqual(before);
    expect(await scene.run(run.id)).toHaveProperty('undoneBy');
  });

  test('and that is gone by then keeps nothing from being undone', async () => {
    const run = await scene.does('fence lab pod/x');
    scene.cluster.removeObject(NODE);
    const undone = await scene.does(`undo ${run.id}`);
    expect(undone).toMatchObject({ state: 'succeeded' });
    expect(await scene.run(run.id)).toMatchObject({ undoneBy: undone.id });
  });

  test('and that somebody changed since is named where it is left', async () => {
    const run = await scene.does('fence lab pod/x');
    scene.cluster.changeObject(NODE, { metadata: { annotations: { hold: 'mine' } } });
    const undone = await scene.does(`undo ${run.id}`);
    expect(undone.result?.summary).toContain(
      'Someone changed annotation hold of node/node-a since, which is left as it is.',
    );
    expect(await scene.run(run.id)).not.toHaveProperty('undoneBy');
  });
});
