import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { RecordedRequest } from '../../sandbox/cluster/api/recorded-request.ts';
import type { WriteRequest } from '../../src/core/cluster.ts';
import { FirebreakError } from '../../src/core/firebreak-error.ts';
import { heldFields } from '../../src/core/held-fields.ts';
import type { WantedWrite } from '../../src/core/verb.ts';
import type { Run } from '../../src/flow/ledger.ts';
import {
  denyPolicy,
  type MadeObjectsScene,
  madeName,
  madeObjectsScene,
  POD,
  policyKey,
  setLabel,
} from './made-objects-scene.ts';

let scene: MadeObjectsScene;
beforeEach(async () => {
  scene = await madeObjectsScene();
});
afterEach(async () => {
  try {
    expect(await scene.violations()).toEqual([]);
  } finally {
    await scene[Symbol.asyncDispose]();
  }
});

const isReal =
  (method: string) =>
  (request: RecordedRequest): boolean =>
    request.method === method &&
    !request.path.includes('dryRun') &&
    !request.resource.startsWith('selfsubject');
const sent = (method: string) => scene.cluster.requests.filter(isReal(method));
const nameOf = ({ id }: Pick<Run, 'id'>, what = ''): string => madeName({ run: id }, what);
const changesOf = async ({ id }: Pick<Run, 'id'>) =>
  (await scene.fixture.ledger.changesOf(id)).map(({ step, state }) => `${step} ${state}`);

/** Stops the worker while `work` waits, and lets another one have the run. */
const takenOver = async (run: Run): Promise<Run> => {
  const stop = new AbortController();
  const why = new FirebreakError({
    code: 'interrupted',
    message: 'It stops.',
    next: 'Wait.',
    retry: 'retry can help',
  });
  stopping = () => stop.abort(why);
  await expect(scene.execute(run.id, stop.signal)).rejects.toMatchObject({ code: 'interrupted' });
  stopping = () => undefined;
  return await scene.execute(run.id);
};
let stopping: () => void = () => undefined;

describe('a run that was taken over', () => {
  const writes = (names: { run: string; case: string }): readonly WantedWrite[] => [
    denyPolicy(names, 'deny'),
    setLabel('label', 'quarantine', 'true'),
  ];

  test('makes no second time what its first worker made', async () => {
    scene.intends({
      writes,
      work: async ({ change, signal }) => {
        await change('deny');
        stopping();
        signal.throwIfAborted();
        await change('label');
      },
    });
    const run = await takenOver(await scene.ask('fence lab pod/x'));
    expect(run).toMatchObject({ state: 'succeeded', fence: 2 });
    expect(sent('POST')).toHaveLength(1);
    expect(await changesOf(run)).toEqual(['deny applied', 'label applied']);
  });

  test('finds by the name what its first worker made without learning it', async () => {
    scene.intends({ writes });
    const held = { done: false };
    scene.between = async (request, send) => {
      const answer = await send(request);
      if (request.method === 'POST' && request.mode === 'for real' && !held.done) {
        held.done = true;
        stopping();
        // The connection ends with the process; its successor looks.
        throw new FirebreakError({ code: 'cluster-unreachable', message: 'Cut.', next: 'Look.' });
      }
      return answer;
    };
    const asked = await scene.ask('fence lab pod/x');
    const run = await takenOver(asked);
    expect(run).toMatchObject({ state: 'succeeded', fence: 2 });
    expect(sent('POST')).toHaveLength(1);
    expect((await scene.fixture.ledger.changesOf(run.id))[0]).toMatchObject({
      state: 'applied',
      madeUid: scene.policy(nameOf(run))?.metadata.uid,
    });
  });
});

describe('one step', () => {
  test('can write one object twice, and both are made', async () => {
    scene.intends({
      writes: () => [setLabel('all', 'one', 'a'), setLabel('all', 'two', 'b')],
    });
    const before = scene.pod().metadata.labels;
    const run = await scene.does('fence lab pod/x');
    expect(scene.pod().metadata.labels).toMatchObject({ one: 'a', two: 'b' });
    expect(await changesOf(run)).toEqual(['all applied', 'all applied']);
    await scene.does(`undo ${run.id}`);
    expect(scene.pod().metadata.labels).toEqual(before);
  });

  test('that takes back what an earlier one of the run set ends its marks too', async () => {
    scene.intends({
      writes: () => [setLabel('put', 'lease', 'held'), setLabel('take', 'lease', null)],
    });
    const before = scene.pod().metadata.labels;
    const run = await scene.does('fence lab pod/x');
    expect(run).toMatchObject({ state: 'succeeded' });
    expect(scene.pod().metadata.labels).toEqual(before);
    expect(scene.pod().metadata.annotations ?? {}).not.toHaveProperty('firebreak.dev/run');
    expect(await scene.told('in-force')).toMatchObject({ text: expect.stringContaining('holds nothing') });
  });

  test('takes away what an earlier one of the run made, and nothing of it is held', async () => {
    scene.intends({
      writes: (names) => {
        const make = denyPolicy(names, 'make');
        if (make.action !== 'make') throw new TypeError('it makes a policy');
        const { kind, namespace, name } = make;
        const uid = `made:${kind}/${namespace}/${name}`;
        return [
          make,
          { action: 'take away', step: 'end', object: { kind, namespace, name, uid }, text: '{}' },
        ];
      },
    });
    const run = await scene.does('fence lab pod/x');
    expect(run).toMatchObject({ state: 'succeeded' });
    expect(await changesOf(run)).toEqual(['make applied', 'end applied']);
    expect(scene.policy(nameOf(run))).toBeUndefined();
    expect(heldFields(await scene.fixture.ledger.history(['lab']))).toEqual([]);
    expect(await scene.told('in-force')).toMatchObject({ text: expect.stringContaining('holds nothing') });
  });
});

describe('what the cluster makes of a creation', () => {
  const opened = (answer: unknown) => ({
    ...Object(answer),
    spec: { ...Reflect.get(Object(answer), 'spec'), ingress: [{}] },
  });
  const isPost = ({ method }: WriteRequest): boolean => method === 'POST';

  beforeEach(() => {
    scene.intends({ writes: (names) => [denyPolicy(names, 'deny')] });
  });

  test('is learned from the dry run, and what would be something else is not made', async () => {
    scene.between = async (request, send) => {
      const answer = await send(request);
      return isPost(request) ? opened(answer) : answer;
    };
    const run = await scene.does('fence lab pod/x');
    expect(run.state).toBe('failed');
    expect(run.result?.failure).toContain('would make something else of networkpolicy/');
    expect(sent('POST')).toEqual([]);
    expect(await changesOf(run)).toEqual([]);
  });

  test('and that the dry run did not show ends the run with what stands there and how to remove it', async () => {
    scene.between = async (request, send) => {
      const answer = await send(request);
      if (request.method !== 'POST' || request.mode === 'dry run') return answer;
      const name = String(Reflect.get(Object(Reflect.get(Object(answer), 'metadata')), 'name'));
      return scene.cluster.changeObject(policyKey(name), { spec: { ingress: [{}] } });
    };
    const run = await scene.does('fence lab pod/x');
    const name = nameOf(run);
    expect(run.state).toBe('failed');
    expect(run.result?.failure).toContain(
      `networkpolicy/${name} in payments was made, and it is not what was approved`,
    );
    expect(run.result?.failure).toContain(
      `kubectl delete networkpolicies.networking.k8s.io/${name} -n payments`,
    );
    expect(run.result?.changes).toMatchObject([{ outcome: 'unknown' }]);
    expect((await scene.fixture.ledger.changesOf(run.id))[0]?.madeUid).toBe(scene.policy(name)?.metadata.uid);
  });

  test.each(['POST', 'DELETE'] as const)(
    'a failure that comes under a 200 is not taken for success (%s)',
    async (method) => {
      const failure = { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Failure', message: 'No.' };
      const made = method === 'DELETE' ? await scene.does('fence lab pod/x') : undefined;
      scene.between = async (request, send) =>
        request.method === method && request.mode === 'for real' ? failure : await send(request);
      const run = await scene.does(made === undefined ? 'fence lab pod/x' : `undo ${made.id}`);
      expect(run.state).toBe('failed');
      expect(run.result?.failure).toContain('a success and a failure in one answer');
      expect(await changesOf(run)).toEqual([expect.stringMatching(/unknown$/u)]);
    },
  );
});

describe('a container beside those of the target', () => {
  const container = (names: { run: string }) => ({
    name: madeName(names),
    image: 'registry.example/tool@sha256:0',
    command: ['/bin/sleep', '600'],
    securityContext: { runAsNonRoot: true },
  });
  beforeEach(() => {
    scene.intends({
      writes: (names) => [
        { action: 'add container', step: 'foothold', container: container(names) },
        setLabel('label', 'quarantine', 'true'),
      ],
    });
  });
  const ephemeral = (): readonly { name: string }[] =>
    Reflect.get(Object(scene.cluster.object(POD)?.['spec']), 'ephemeralContainers') ?? [];
  const isAdd = ({ method, path, resource }: RecordedRequest): boolean =>
    method === 'PATCH' && resource === 'pods/ephemeralcontainers' && !path.includes('dryRun');

  test('is added once, with a lost answer too, bound to the pod’s UID and resourceVersion', async () => {
    scene.cluster.faults.loseAnswerOnce(isAdd);
    const { uid } = scene.pod().metadata;
    const run = await scene.does('fence lab pod/x');
    expect(run).toMatchObject({ state: 'succeeded' });
    expect(ephemeral().map(({ name }) => name)).toEqual([nameOf(run)]);
    const adds = scene.cluster.requests.filter(isAdd);
    expect(adds.map(({ body }) => JSON.parse(body ?? ''))).toMatchObject([
      { metadata: { uid, resourceVersion: expect.any(String) } },
    ]);
  });

  test('stays after the undo, which says so, and is held by nobody', async () => {
    const run = await scene.does('fence lab pod/x');
    const undone = await scene.does(`undo ${run.id}`);
    expect(undone).toMatchObject({ state: 'succeeded' });
    expect(undone.plan.leaves.join(' ')).toContain(`The ephemeral container ${nameOf(run)} stays in the pod`);
    expect(undone.plan.risks.join(' ')).not.toContain('left as it is');
    expect(scene.pod().metadata.labels).not.toHaveProperty('quarantine');
    expect(await scene.run(run.id)).toHaveProperty('undoneBy');
    expect(await scene.told('in-force')).toMatchObject({ text: expect.stringContaining('holds nothing') });
  });

  test('of a name that is taken is not added, and the sentence says that it is there already', async () => {
    const asked = await scene.ask('fence lab pod/x');
    scene.cluster.changeObject(POD, (pod) => ({
      ...pod,
      spec: { ...Object(pod['spec']), ephemeralContainers: [{ name: nameOf(asked), image: 'other' }] },
    }));
    const run = await scene.execute(asked.id);
    expect(run.state).toBe('failed');
    expect(run.result?.failure).toContain(`has an ephemeral container ${nameOf(asked)} already`);
    expect(scene.cluster.requests.filter(isAdd)).toEqual([]);
  });
});
