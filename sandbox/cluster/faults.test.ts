import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { StandInCluster } from './stand-in-cluster.ts';
import { startCluster } from './start-cluster.ts';
import { callApi } from './testing/call-api.ts';

const POD = { group: '', resource: 'pods', namespace: 'payments', name: 'x' } as const;
const PATH = '/api/v1/namespaces/payments/pods/x';
const MERGE = { 'content-type': 'application/merge-patch+json' };

let cluster: StandInCluster;
beforeAll(async () => {
  cluster = await startCluster({ containers: 'no shell' });
}, 30_000);
afterAll(() => cluster.close());
beforeEach(() => cluster.faults.clear());

const isPatch = ({ method }: { readonly method: string }) => method === 'PATCH';
const patch = (quarantine: string | null, path = PATH) =>
  callApi(cluster, { method: 'PATCH', path, headers: MERGE, body: { metadata: { labels: { quarantine } } } });
const pod = () => cluster.object(POD)?.metadata;

describe('a fault of a write', () => {
  it('holds it before it is carried out, and forgets it or goes on', async () => {
    const before = pod()?.resourceVersion;
    const held = cluster.faults.holdBefore(isPatch);
    const lost = patch('held').catch((error: unknown) => error);
    await held.reached;
    held.release('forget');
    expect(await lost).toBeInstanceOf(Error);
    expect(pod()?.resourceVersion).toBe(before);

    const again = cluster.faults.holdBefore(isPatch);
    const late = patch('late');
    await again.reached;
    again.release('go on');
    expect((await late).status).toBe(200);
  });

  it('loses the answer of what was carried out, until it is removed or once', async () => {
    const { remove } = cluster.faults.loseAnswer(isPatch);
    await expect(patch('unheard')).rejects.toThrow();
    remove();
    expect(pod()).toMatchObject({ labels: { quarantine: 'unheard' } });
    cluster.faults.loseAnswerOnce(isPatch);
    await expect(patch('again')).rejects.toThrow();
    expect(pod()).toMatchObject({ labels: { quarantine: 'again' } });
    expect((await patch('heard')).status).toBe(200);
  });

  it('holds the answer of what was carried out', async () => {
    const held = cluster.faults.holdAnswer(isPatch);
    const answered = patch('done');
    await held.reached;
    expect(pod()).toMatchObject({ labels: { quarantine: 'done' } });
    held.release('go on');
    expect((await answered).status).toBe(200);
  });

  it('answers once as if another was first, or as a server that goes down, and carries nothing out', async () => {
    const before = pod()?.resourceVersion;
    cluster.faults.statusOnce(409, isPatch);
    expect((await patch('conflict')).json).toMatchObject({
      ...{ code: 409, reason: 'Conflict', details: { name: 'x', kind: 'pods' } },
      message: expect.stringContaining('the object has been modified'),
    });
    cluster.faults.statusOnce(503, isPatch);
    expect((await callApi(cluster, { path: PATH })).status).toBe(200);
    expect((await patch('unavailable')).json).toMatchObject({ code: 503, reason: 'ServiceUnavailable' });
    expect(pod()?.resourceVersion).toBe(before);
    expect((await patch('third')).status).toBe(200);
  });

  it('leaves the request, its body and its status in the record', async () => {
    await patch('seen', `${PATH}?fieldManager=me`);
    expect(cluster.requests.at(-1)).toMatchObject({
      ...{ method: 'PATCH', verb: 'patch', resource: 'pods', status: 200, user: 'admin' },
      ...{ path: `${PATH}?fieldManager=me`, body: '{"metadata":{"labels":{"quarantine":"seen"}}}' },
    });
  });
});

describe('somebody else', () => {
  it('changes an object by a patch or a function, and is its fields’ manager from then on', async () => {
    await patch('mine', `${PATH}?fieldManager=me`);
    const before = pod()?.resourceVersion;
    cluster.changeObject(POD, { metadata: { labels: { quarantine: 'theirs' } } });
    const changed = cluster.changeObject(POD, (object) => ({
      ...object,
      metadata: { ...object.metadata, annotations: { 'example.com/note': 'theirs' } },
    }));
    expect(changed).toEqual(cluster.object(POD));
    expect(changed.metadata.resourceVersion).not.toBe(before);
    const managers = changed.metadata.managedFields?.map(({ manager }) => manager);
    expect(managers).toContain('somebody-else');
    expect(managers).not.toContain('me');
    expect(() => cluster.changeObject({ ...POD, name: 'nobody' }, {})).toThrow('nobody');
  });

  it('takes an object away', async () => {
    const key = {
      group: 'networking.k8s.io',
      resource: 'networkpolicies',
      namespace: 'payments',
      name: 'allow-web',
    };
    cluster.removeObject(key);
    expect(cluster.object(key)).toBeUndefined();
    expect(() => cluster.removeObject(POD)).toThrow('deletePod');
  });
});
