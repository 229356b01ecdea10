import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { fieldOf, type KubeObject } from './api/kube-object.ts';
import type { StandInCluster } from './stand-in-cluster.ts';
import { startCluster } from './start-cluster.ts';
import { callApi } from './testing/call-api.ts';

const NS = 'payments';
const JOBS = `/apis/batch/v1/namespaces/${NS}/jobs`;

let cluster: StandInCluster;
beforeAll(async () => {
  cluster = await startCluster({ controllers: 'on' });
  cluster.addObject({
    ...{ apiVersion: 'v1', kind: 'Namespace' },
    metadata: { name: 'strict', labels: { 'pod-security.kubernetes.io/enforce': 'restricted' } },
  });
}, 30_000);
afterAll(() => cluster.close());

const bodyOf = (name: string, spec: object, command = ['sleep', '600']) => ({
  metadata: { name },
  spec: {
    template: {
      metadata: { labels: { app: name } },
      spec: {
        restartPolicy: 'Never',
        terminationGracePeriodSeconds: 1,
        containers: [{ name: 'c', image: 'registry.example/tools/proxy:1.9', command }],
      },
    },
    ...spec,
  },
});
async function create(name: string, spec: object, command?: readonly string[]): Promise<number> {
  const body = bodyOf(name, spec, command === undefined ? undefined : [...command]);
  const { status } = await callApi(cluster, { method: 'POST', path: JOBS, body });
  await cluster.settled();
  return status;
}
const job = (name: string, namespace = NS) =>
  cluster.object({ group: 'batch', resource: 'jobs', namespace, name });
const podsOf = async (name: string): Promise<readonly KubeObject[]> => {
  const path = `/api/v1/namespaces/${NS}/pods?labelSelector=job-name%3D${name}`;
  const { json } = await callApi(cluster, { path });
  return Reflect.get(Object(json), 'items');
};
const eventsOf = (name: string): readonly string[] =>
  cluster.history.flatMap(({ object }) =>
    object.kind === 'Event' && fieldOf(object, 'involvedObject.name') === name
      ? [`${fieldOf(object, 'reason')}: ${fieldOf(object, 'message')}`]
      : [],
  );
const soon = { timeout: 15_000 };
const conditions = (...types: readonly string[]) => ({
  status: { conditions: types.map((type) => ({ type, status: 'True' })) },
});

describe('a Job', () => {
  it('gets defaults, and a selector by its UID that its pod carries', async () => {
    expect(await create('plain', {})).toBe(201);
    const uid = job('plain')?.metadata.uid;
    expect(job('plain')).toMatchObject({
      spec: {
        ...{ parallelism: 1, completions: 1, backoffLimit: 6, suspend: false },
        selector: { matchLabels: { 'batch.kubernetes.io/controller-uid': uid } },
      },
      status: { active: 1 },
    });
    expect((await podsOf('plain')).map(({ metadata }) => metadata)).toMatchObject([
      {
        labels: { app: 'plain', 'batch.kubernetes.io/job-name': 'plain', 'controller-uid': uid },
        ownerReferences: [{ kind: 'Job', name: 'plain', uid, controller: true }],
      },
    ]);
  });

  it('is refused with a selector of its own, and with pods that never end', async () => {
    expect(await create('selecting', { selector: { matchLabels: { app: 'x' } } })).toBe(422);
    const { template } = bodyOf('x', {}).spec;
    const always = { ...template, spec: { ...template.spec, restartPolicy: 'Always' } };
    expect(await create('endless', { template: always })).toBe(422);
    const { restartPolicy: _never, ...unsaid } = template.spec;
    expect(await create('unsaid', { template: { ...template, spec: unsaid } })).toBe(422);
  });

  it('that is too long active is ended, its pod first', async () => {
    await create('late', { activeDeadlineSeconds: 2 });
    const [pod] = await podsOf('late');
    await expect.poll(() => job('late'), soon).toMatchObject(conditions('FailureTarget', 'Failed'));
    expect(job('late')).toMatchObject({
      status: { failed: 1, conditions: [{ reason: 'DeadlineExceeded' }, { reason: 'DeadlineExceeded' }] },
    });
    expect(job('late')?.['status']).not.toHaveProperty('active');
    const failed = cluster.history.findIndex(
      ({ object }) => object.metadata.name === 'late' && JSON.stringify(object).includes('"Failed"'),
    );
    const gone = cluster.history.findIndex(
      ({ type, object }) => type === 'DELETED' && object.metadata.uid === pod?.metadata.uid,
    );
    expect(gone).toBeGreaterThan(0);
    expect(failed).toBeGreaterThan(gone);
    expect(eventsOf('late')).toEqual([
      `SuccessfulCreate: Created pod: ${pod?.metadata.name}`,
      `SuccessfulDelete: Deleted pod: ${pod?.metadata.name}`,
      'DeadlineExceeded: Job was active longer than specified deadline',
    ]);
  });

  it('goes when its time after its end is up, and stays where it says none', async () => {
    await create('stays', { activeDeadlineSeconds: 1 });
    await create('waits', { activeDeadlineSeconds: 1, ttlSecondsAfterFinished: 600 });
    await create('short', { activeDeadlineSeconds: 2, ttlSecondsAfterFinished: 1 });
    await expect.poll(() => job('short'), soon).toMatchObject(conditions('FailureTarget', 'Failed'));
    await expect.poll(() => job('short'), soon).toBeUndefined();
    for (const name of ['stays', 'waits'])
      expect(job(name)).toMatchObject(conditions('FailureTarget', 'Failed'));
  });

  it('makes no pod that Pod Security refuses, and says so', async () => {
    const path = '/apis/batch/v1/namespaces/strict/jobs';
    await callApi(cluster, { method: 'POST', path, body: bodyOf('unsafe', {}) });
    await cluster.settled();
    expect(job('unsafe', 'strict')?.['status']).not.toHaveProperty('active');
    expect(eventsOf('unsafe')[0]).toMatch(
      /^FailedCreate: Error creating: pods "unsafe-[a-z0-9]{5}" is forbidden: violates PodSecurity "restricted:latest": /,
    );
  });

  describe('with processes', () => {
    beforeEach(({ skip }) => {
      if (cluster.containers === 'no shell') skip(cluster.containersReason);
    });

    it('is complete when its pod has ended well, and goes when its time is up', async () => {
      await create('good', { ttlSecondsAfterFinished: 2 }, ['true']);
      await expect.poll(() => job('good'), soon).toMatchObject(conditions('SuccessCriteriaMet', 'Complete'));
      const [pod] = await podsOf('good');
      expect(pod).toMatchObject({ status: { phase: 'Succeeded' } });
      await expect.poll(() => job('good'), soon).toBeUndefined();
      await expect.poll(() => podsOf('good'), soon).toEqual([]);
    });

    it('has failed after one pod that ended badly, where it says so, and starts no other', async () => {
      await create('once', { backoffLimit: 0 }, ['false']);
      await expect.poll(() => job('once'), soon).toMatchObject(conditions('FailureTarget', 'Failed'));
      expect(job('once')).toMatchObject({ status: { conditions: [{ reason: 'BackoffLimitExceeded' }, {}] } });
      expect(await podsOf('once')).toHaveLength(1);
    });
  });
});
