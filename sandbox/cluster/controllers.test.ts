import { randomUUID } from 'node:crypto';
import { afterEach, describe, expect, it } from 'vitest';
import type { KubeObject } from './api/kube-object.ts';
import type { PodManifest } from './api/pod.ts';
import { referenceTo } from './controllers/controller-place.ts';
import { isReady } from './controllers/pod-state.ts';
import daemonSetDetached from './controllers/recordings/daemonset-detach.json' with { type: 'json' };
import daemonSetReturned from './controllers/recordings/daemonset-return.json' with { type: 'json' };
import replicaSetCost from './controllers/recordings/replicaset-return-cost.json' with { type: 'json' };
import replicaSetUnready from './controllers/recordings/replicaset-return-unready.json' with { type: 'json' };
import statefulSetDetached from './controllers/recordings/statefulset-detach.json' with { type: 'json' };
import statefulSetReturned from './controllers/recordings/statefulset-return.json' with { type: 'json' };
import type { StandInCluster } from './stand-in-cluster.ts';
import { startCluster } from './start-cluster.ts';
import { callApi } from './testing/call-api.ts';
import { namespace, node } from './world/objects.ts';
import type { World } from './world/world.ts';

const IMAGE = 'rk8s.local/busybox:1.38';
const NS = 'rec';
const COST = 'controller.kubernetes.io/pod-deletion-cost';
const POD_SPEC = { containers: [{ name: 'c', image: IMAGE }] };

const controller = (apiVersion: string, kind: string, name: string, spec: object): KubeObject => ({
  ...{ apiVersion, kind, metadata: { name, namespace: NS, uid: randomUUID(), generation: 1 }, spec },
});
const ofLabels = (labels: Readonly<Record<string, string>>) => ({
  selector: { matchLabels: labels },
  template: { metadata: { labels }, spec: POD_SPEC },
});
const podOf = (owner: KubeObject, name: string, labels: Readonly<Record<string, string>>): PodManifest => ({
  ...{ apiVersion: 'v1', kind: 'Pod' },
  metadata: { name, namespace: NS, labels, ownerReferences: [referenceTo(owner)] },
  spec: { nodeName: 'rk8s-node1', ...POD_SPEC },
});

const HASHED = { app: 'back', 'pod-template-hash': '656dc88765' };
const back = controller('apps/v1', 'ReplicaSet', 'back-656dc88765', { replicas: 2, ...ofLabels(HASHED) });
const db = {
  ...controller('apps/v1', 'StatefulSet', 'db', {
    replicas: 1,
    serviceName: 'db',
    ...ofLabels({ app: 'db' }),
  }),
  status: { updateRevision: 'db-6b74f895d8' },
};
const agent = controller('apps/v1', 'DaemonSet', 'agent', ofLabels({ app: 'agent' }));
const job = controller('batch/v1', 'Job', 'report', {
  ...{ completions: 1, parallelism: 1, selector: { matchLabels: { app: 'report' } } },
  template: { metadata: { labels: { app: 'report' } }, spec: { ...POD_SPEC, restartPolicy: 'Never' } },
});
const service: KubeObject = {
  ...{ apiVersion: 'v1', kind: 'Service', metadata: { name: 'back', namespace: NS } },
  spec: { selector: { app: 'back' }, ports: [{ port: 80 }] },
};

const world = (): World => ({
  images: { [IMAGE]: { userland: 'host', entrypoint: ['sleep', '86400'] } },
  objects: [
    ...[namespace(NS), node('rk8s-node1', '10.88.0.1'), back, db, agent, service],
    { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'default', namespace: NS } },
  ],
  pods: [
    { manifest: podOf(back, 'back-656dc88765-8dtjz', HASHED) },
    { manifest: podOf(back, 'back-656dc88765-4rn6r', HASHED) },
    { manifest: podOf(db, 'db-0', { app: 'db' }) },
    { manifest: podOf(agent, 'agent-65vtq', { app: 'agent' }) },
  ],
});

let cluster: StandInCluster;
async function start(controllers: 'on' | 'off' = 'on'): Promise<void> {
  cluster = await startCluster({ world: world(), containers: 'no shell', controllers });
  await cluster.settled();
}
afterEach(() => cluster.close());

/** The pods as the recordings tell them. */
const described = (pod: KubeObject) => ({
  name: pod.metadata.name,
  uid: pod.metadata.uid,
  app: pod.metadata.labels?.['app'],
  ownerReferences: (pod.metadata.ownerReferences ?? []).map((one) => `${one.kind}/${one.name}`),
  ready: isReady(pod) ? 'True' : 'False',
});
type Described = ReturnType<typeof described>;

async function list(resource: string, group = ''): Promise<readonly KubeObject[]> {
  const path = `${group === '' ? '/api/v1' : `/apis/${group}/v1`}/namespaces/${NS}/${resource}`;
  const answer = await callApi(cluster, { path });
  const items: unknown =
    typeof answer.json === 'object' && answer.json !== null && Reflect.get(answer.json, 'items');
  return Array.isArray(items) ? items : [];
}
const labelled = async (app: string): Promise<readonly Described[]> =>
  (await list('pods')).map(described).filter((pod) => pod.app === app);
const podNamed = async (name: string): Promise<Described | undefined> =>
  (await list('pods')).map(described).find((pod) => pod.name === name);

async function label(name: string, metadata: object): Promise<void> {
  const answer = await callApi(cluster, {
    ...{ method: 'PATCH', path: `/api/v1/namespaces/${NS}/pods/${name}`, body: { metadata } },
    headers: { 'content-type': 'application/merge-patch+json' },
  });
  expect(answer.status).toBe(200);
  await cluster.settled();
}
const detach = (name: string) => label(name, { labels: { app: null, case: 'x' } });
const giveBack = (name: string, app: string, annotations: Readonly<Record<string, string>> = {}) =>
  label(name, { labels: { app, case: null }, annotations });

async function messages(name: string, reason: string): Promise<readonly unknown[]> {
  const events = await list('events');
  return events
    .filter((one) => one['reason'] === reason && Reflect.get(Object(one['involvedObject']), 'name') === name)
    .map((one) => one['message']);
}

describe('a ReplicaSet', () => {
  it('releases a pod whose labels no longer match, and starts another', async () => {
    await start();
    const before = await podNamed('back-656dc88765-8dtjz');
    await detach('back-656dc88765-8dtjz');
    const [recorded] = replicaSetUnready.during.detached;
    expect(await podNamed('back-656dc88765-8dtjz')).toMatchObject({
      uid: before?.uid,
      ownerReferences: recorded?.ownerReferences,
      ready: recorded?.ready,
    });
    const others = await labelled('back');
    expect(others.map((pod) => pod.ownerReferences)).toEqual(
      replicaSetUnready.during.labelled_app.map((pod) => pod.ownerReferences),
    );
    expect(others.map((pod) => pod.ready)).toEqual(['True', 'True']);
  });

  it('deletes the pod that comes back and is not Ready', async () => {
    await start();
    await detach('back-656dc88765-8dtjz');
    const others = await labelled('back');
    cluster.setReadiness(NS, 'back-656dc88765-8dtjz', 'not ready');
    await giveBack('back-656dc88765-8dtjz', 'back');
    expect(await podNamed('back-656dc88765-8dtjz')).toBeUndefined();
    expect(await labelled('back')).toEqual(others);
    expect(others.map((pod) => pod.ownerReferences)).toEqual(
      replicaSetUnready.after.map((pod) => pod.ownerReferences),
    );
  });

  it('keeps the pod that comes back Ready with the highest deletion cost, and deletes another', async () => {
    await start();
    await detach('back-656dc88765-4rn6r');
    await giveBack('back-656dc88765-4rn6r', 'back', { [COST]: '2147483647' });
    const after = await labelled('back');
    expect(after).toHaveLength(replicaSetCost.after.length);
    expect(after).toContainEqual(
      expect.objectContaining({
        name: replicaSetCost.returned.name,
        ownerReferences: replicaSetCost.returned.ownerReferences,
      }),
    );
  });

  it('keeps the newest of its pods when its deletion cost is the highest', async () => {
    await start();
    await detach('back-656dc88765-8dtjz');
    const [newest] = (await labelled('back')).filter((pod) => pod.name !== 'back-656dc88765-4rn6r');
    await label(newest?.name ?? '', { annotations: { [COST]: '2147483647' } });
    await giveBack('back-656dc88765-8dtjz', 'back');
    expect((await labelled('back')).map((pod) => pod.name)).toContain(newest?.name);
  });

  it('is not saved by its deletion cost when it is not Ready', async () => {
    await start();
    await detach('back-656dc88765-4rn6r');
    cluster.setReadiness(NS, 'back-656dc88765-4rn6r', 'not ready');
    await giveBack('back-656dc88765-4rn6r', 'back', { [COST]: '2147483647' });
    expect(await podNamed('back-656dc88765-4rn6r')).toBeUndefined();
  });

  it('keeps the older of two Ready pods', async () => {
    await start();
    await detach('back-656dc88765-8dtjz');
    const names = (await labelled('back')).map((pod) => pod.name);
    await giveBack('back-656dc88765-8dtjz', 'back');
    const gone = names.filter((name) => name !== 'back-656dc88765-4rn6r');
    expect((await labelled('back')).map((pod) => pod.name).toSorted()).toEqual(
      ['back-656dc88765-4rn6r', 'back-656dc88765-8dtjz'].toSorted(),
    );
    expect(await messages('back-656dc88765', 'SuccessfulDelete')).toEqual(
      gone.map((name) => `Deleted pod: ${name}`),
    );
  });

  it('has its new pod wait while the node is cordoned, and run when it no longer is', async () => {
    await start();
    const key = { group: '', resource: 'nodes', namespace: '', name: 'rk8s-node1' };
    cluster.changeObject(key, { spec: { unschedulable: true } });
    await detach('back-656dc88765-8dtjz');
    expect(
      (await labelled('back'))
        .map((pod) => (pod.ready === 'True' ? 1 : 0))
        .reduce<number>((sum, one) => sum + one, 0),
    ).toBe(1);
    cluster.changeObject(key, { spec: { unschedulable: null } });
    await cluster.settled();
    expect((await labelled('back')).map((pod) => pod.ready)).toEqual(['True', 'True']);
  });

  it('is scaled by its replicas', async () => {
    await start();
    await callApi(cluster, {
      ...{ method: 'PATCH', path: `/apis/apps/v1/namespaces/${NS}/replicasets/back-656dc88765` },
      ...{ body: { spec: { replicas: 0 } }, headers: { 'content-type': 'application/merge-patch+json' } },
    });
    await cluster.settled();
    expect(await labelled('back')).toEqual([]);
  });
});

describe('a StatefulSet', () => {
  it('releases its pod and makes no other, because the name is taken', async () => {
    await start();
    const before = await podNamed('db-0');
    await detach('db-0');
    expect(await labelled('db')).toEqual(statefulSetDetached.labelled_app);
    expect(await podNamed('db-0')).toMatchObject({ uid: before?.uid, ownerReferences: [], ready: 'True' });
    const [set] = await list('statefulsets', 'apps');
    expect(set?.['status']).toEqual(statefulSetDetached.status);
  });

  it('adopts it when the label is back', async () => {
    await start();
    const before = await podNamed('db-0');
    await detach('db-0');
    await giveBack('db-0', 'db');
    const [recorded] = statefulSetReturned.labelled_app;
    expect(await labelled('db')).toEqual([
      expect.objectContaining({ uid: before?.uid, ownerReferences: recorded?.ownerReferences }),
    ]);
  });

  it('makes a pod of the same name when it was deleted', async () => {
    await start();
    const before = await podNamed('db-0');
    await callApi(cluster, { method: 'DELETE', path: `/api/v1/namespaces/${NS}/pods/db-0` });
    await cluster.settled();
    const after = await podNamed('db-0');
    expect(after).toMatchObject({ ownerReferences: ['StatefulSet/db'], ready: 'True' });
    expect(after?.uid).not.toBe(before?.uid);
    const [recorded] = statefulSetDetached.events;
    expect(await messages('db', 'SuccessfulCreate')).toEqual([recorded?.message]);
    const made = (await list('pods')).find((pod) => pod.metadata.name === 'db-0');
    expect(made?.metadata.labels).toEqual(statefulSetDetached.before.labels);
  });
});

describe('a DaemonSet', () => {
  it('releases its pod and starts a second one on the node', async () => {
    await start();
    const before = await podNamed('agent-65vtq');
    await detach('agent-65vtq');
    expect(await podNamed('agent-65vtq')).toMatchObject({ uid: before?.uid, ownerReferences: [] });
    expect(
      (await labelled('agent')).map(({ ownerReferences, ready }) => ({ ownerReferences, ready })),
    ).toEqual(
      daemonSetDetached.labelled_app.map(({ ownerReferences, ready }) => ({ ownerReferences, ready })),
    );
  });

  it('deletes the newer of two pods when the label is back', async () => {
    await start();
    await detach('agent-65vtq');
    const [newer] = await labelled('agent');
    await giveBack('agent-65vtq', 'agent');
    expect((await labelled('agent')).map(({ name, ownerReferences }) => ({ name, ownerReferences }))).toEqual(
      daemonSetReturned.labelled_app.map(({ name, ownerReferences }) => ({ name, ownerReferences })),
    );
    expect(await messages('agent', 'SuccessfulDelete')).toEqual([`Deleted pod: ${newer?.name}`]);
  });
});

describe('a Job', () => {
  it('releases its pod and starts another, until one has succeeded', async () => {
    await start();
    cluster.addObject(job);
    await cluster.settled();
    const [first] = await labelled('report');
    await detach(first?.name ?? '');
    const [second] = await labelled('report');
    expect(second).toMatchObject({ ownerReferences: ['Job/report'] });
    cluster.setPodPhase(NS, second?.name ?? '', 'Succeeded');
    await cluster.settled();
    expect(await labelled('report')).toHaveLength(1);
    const [after] = await list('jobs', 'batch');
    expect(after?.['status']).toMatchObject({ succeeded: 1 });
  });
});

describe('the EndpointSlice of a Service', () => {
  const endpoints = async () => {
    const [slice] = await list('endpointslices', 'discovery.k8s.io');
    return slice?.['endpoints'];
  };
  const named = (name: string) => expect.objectContaining({ targetRef: expect.objectContaining({ name }) });

  it('loses a detached pod and gains its replacement', async () => {
    await start();
    expect(await endpoints()).toContainEqual(named('back-656dc88765-8dtjz'));
    await detach('back-656dc88765-8dtjz');
    expect(await endpoints()).not.toContainEqual(named('back-656dc88765-8dtjz'));
    expect(await endpoints()).toHaveLength(2);
  });

  it('says of a pod that is not Ready that it is not', async () => {
    await start();
    cluster.setReadiness(NS, 'back-656dc88765-8dtjz', 'not ready');
    await cluster.settled();
    expect(await endpoints()).toContainEqual(
      expect.objectContaining({
        conditions: { ready: false, serving: false, terminating: false },
        targetRef: expect.objectContaining({ name: 'back-656dc88765-8dtjz' }),
      }),
    );
  });
});

describe('a liveness probe that fails', () => {
  it('restarts the container', async () => {
    await start();
    await cluster.failLiveness(NS, 'db-0', 'c');
    const [pod] = (await list('pods')).filter((one) => one.metadata.name === 'db-0');
    expect(pod?.['status']).toMatchObject({ containerStatuses: [{ restartCount: 1, ready: true }] });
    expect(await messages('db-0', 'Killing')).toEqual([
      'Container c failed liveness probe, will be restarted',
    ]);
  });
});

describe('without controllers', () => {
  it('nobody reacts', async () => {
    await start('off');
    const pods = await labelled('back');
    await detach('back-656dc88765-8dtjz');
    expect(await labelled('back')).toEqual(pods.filter((pod) => pod.name !== 'back-656dc88765-8dtjz'));
    expect(await podNamed('back-656dc88765-8dtjz')).toMatchObject({
      ownerReferences: ['ReplicaSet/back-656dc88765'],
    });
  });
});

describe('what a controller leaves behind', () => {
  it('is deleted when the controller is', async () => {
    await start();
    await callApi(cluster, {
      method: 'DELETE',
      path: `/apis/apps/v1/namespaces/${NS}/replicasets/back-656dc88765`,
    });
    await cluster.settled();
    expect(await labelled('back')).toEqual([]);
    expect(await labelled('db')).toHaveLength(1);
  });

  it('does not include a pod that was released', async () => {
    await start();
    await detach('back-656dc88765-8dtjz');
    await callApi(cluster, {
      method: 'DELETE',
      path: `/apis/apps/v1/namespaces/${NS}/replicasets/back-656dc88765`,
    });
    await cluster.settled();
    expect(await podNamed('back-656dc88765-8dtjz')).toMatchObject({ ownerReferences: [] });
  });
});
