import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
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
beforeAll(async () => {
  scene = await madeObjectsScene();
}, 60_000);
afterAll(async () => {
  try {
    expect(await scene.violations()).toEqual([]);
  } finally {
    await scene[Symbol.asyncDispose]();
  }
});
beforeEach(() => {
  scene.cluster.faults.clear();
  scene.intends({
    writes: (names) => [
      denyPolicy(names, 'deny'),
      setLabel('label', 'firebreak.dev/isolated-by', names.run),
      setLabel('detach', 'team', 'red'),
    ],
  });
});

const isReal =
  (method: string, resource = 'networkpolicies') =>
  (request: RecordedRequest): boolean =>
    request.method === method && request.resource === resource && !request.path.includes('dryRun');
const sent = (method: string, resource?: string) => scene.cluster.requests.filter(isReal(method, resource));
const nameOf = ({ id }: Run, what = ''): string => madeName({ run: id }, what);
const statesOf = async ({ id }: Run) =>
  (await scene.fixture.ledger.changesOf(id)).map(({ step, state }) => `${step} ${state}`);
const putBack = async (run: Run): Promise<void> => {
  expect(await scene.does(`undo ${run.id}`)).toMatchObject({ state: 'succeeded' });
};

describe('a run that makes an object and writes its target in steps', () => {
  test('does each in its turn, marks what it made, and is undone whole', async () => {
    const before = scene.pod().metadata.labels;
    const run = await scene.does('fence lab pod/x');
    expect(run).toMatchObject({ state: 'succeeded' });
    expect(await statesOf(run)).toEqual(['deny applied', 'label applied', 'detach applied']);
    const policy = scene.policy(nameOf(run));
    expect(policy?.metadata).toMatchObject({
      labels: { made: 'here', 'firebreak.dev/case': run.case },
      annotations: { 'firebreak.dev/run': run.id },
    });
    expect(scene.pod().metadata).toMatchObject({
      labels: { 'firebreak.dev/isolated-by': run.id, 'firebreak.dev/case': run.case },
      annotations: { 'firebreak.dev/run': run.id },
    });
    expect(scene.pod().metadata.labels).toMatchObject({ team: 'red' });
    const [made] = await scene.fixture.ledger.changesOf(run.id);
    expect(made?.madeUid).toBe(policy?.metadata.uid);

    await putBack(run);
    expect(scene.policy(nameOf(run))).toBeUndefined();
    expect(scene.pod().metadata.labels).toEqual(before);
    expect(scene.pod().metadata.annotations ?? {}).not.toHaveProperty('firebreak.dev/run');
    expect(await scene.run(run.id)).toHaveProperty('undoneBy');
    expect(await scene.told('in-force')).toMatchObject({ text: expect.stringContaining('holds nothing') });
  });

  test('is tried by a dry run before each intent', async () => {
    const from = scene.cluster.requests.length;
    const run = await scene.does('fence lab pod/x');
    const writes = scene.cluster.requests
      .slice(from)
      .filter(({ method, resource }) => method !== 'GET' && !resource.startsWith('selfsubject'));
    expect(
      writes.map(({ method, path }) => `${method} ${path.includes('dryRun=All') ? 'dry' : 'real'}`),
    ).toEqual([...['POST dry', 'POST real', 'PATCH dry', 'PATCH real', 'PATCH dry', 'PATCH real']]);
    await putBack(run);
  });
});

describe('the answer of a creation', () => {
  test('that is lost is found by the run that the object names, and it is made once', async () => {
    const posts = sent('POST').length;
    scene.cluster.faults.loseAnswerOnce(isReal('POST'));
    const run = await scene.does('fence lab pod/x');
    expect(run).toMatchObject({ state: 'succeeded' });
    expect(sent('POST')).toHaveLength(posts + 1);
    const [made] = await scene.fixture.ledger.changesOf(run.id);
    expect(made).toMatchObject({
      state: 'applied',
      madeUid: scene.policy(nameOf(run))?.metadata.uid,
    });
    await putBack(run);
  });

  test('that says 503 was not carried out is sent again', async () => {
    const posts = sent('POST').length;
    scene.cluster.faults.statusOnce(503, isReal('POST'));
    const run = await scene.does('fence lab pod/x');
    expect(run).toMatchObject({ state: 'succeeded' });
    expect(sent('POST')).toHaveLength(posts + 2);
    expect((await statesOf(run)).filter((one) => one.startsWith('deny'))).toEqual([
      'deny not applied',
      'deny applied',
    ]);
    await putBack(run);
  });

  test('that is a refusal ends the run with what was made before it', async () => {
    scene.intends({
      writes: (names) => [denyPolicy(names, 'first'), denyPolicy(names, 'second', '-2')],
      work: async ({ change }) => {
        await change('first');
        scene.cluster.faults.status(403, isReal('POST'));
        await change('second');
      },
    });
    const run = await scene.does('fence lab pod/x');
    expect(run).toMatchObject({ state: 'failed' });
    expect(run.result?.changes).toMatchObject([{ object: { name: nameOf(run) }, outcome: 'applied' }]);
    expect(scene.policy(nameOf(run))).toBeDefined();
    expect(await scene.told('in-force')).toMatchObject({ example: `/k8s undo ${run.id}` });
    await putBack(run);
    expect(scene.policy(nameOf(run))).toBeUndefined();
  });
});

describe('a name that is taken', () => {
  const foreign = (name: string) => ({
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata: { name, namespace: 'payments', labels: { of: 'others' } },
    spec: { podSelector: {}, policyTypes: ['Ingress'] },
  });

  test('is left to whoever has it, and the run ends with a sentence that says so', async () => {
    const asked = await scene.ask('fence lab pod/x');
    const name = nameOf(asked);
    scene.cluster.addObject(foreign(name));
    const posts = sent('POST').length;
    const run = await scene.execute(asked.id);
    expect(run.state).toBe('failed');
    expect(run.result?.failure).toContain(`There is a networkpolicy/${name} in payments already`);
    expect(sent('POST')).toHaveLength(posts);
    expect(scene.policy(name)?.metadata.labels).toEqual({ of: 'others' });
    expect(await scene.told(`undo ${run.id}`)).toMatchObject({
      text: expect.stringContaining('changed nothing'),
    });
    scene.cluster.removeObject(policyKey(name));
  });

  test('between the dry run and the creation is left too', async () => {
    const asked = await scene.ask('fence lab pod/x');
    const name = nameOf(asked);
    const held = scene.cluster.faults.holdBefore(isReal('POST'));
    const running = scene.execute(asked.id);
    await held.reached;
    scene.cluster.addObject(foreign(name));
    held.release('go on');
    const run = await running;
    expect(run.state).toBe('failed');
    expect(run.result?.failure).toContain('was not overwritten');
    expect(await statesOf(run)).toEqual(['deny not applied']);
    expect(scene.policy(name)?.metadata.labels).toEqual({ of: 'others' });
    scene.cluster.removeObject(policyKey(name));
  });

  test('by an equal object that somebody put back from a backup is not taken for what was made', async () => {
    const run = await scene.does('fence lab pod/x');
    const policy = scene.policy(nameOf(run));
    if (policy === undefined) throw new Error('nothing was made');
    const { uid: _old, resourceVersion: _version, ...metadata } = policy.metadata;
    scene.cluster.removeObject(policyKey(nameOf(run)));
    scene.cluster.addObject({ ...policy, metadata });
    const deletes = sent('DELETE').length;
    await putBack(run);
    expect(sent('DELETE')).toHaveLength(deletes);
    expect(scene.policy(nameOf(run))).toBeDefined();
    scene.cluster.removeObject(policyKey(nameOf(run)));
  });
});
