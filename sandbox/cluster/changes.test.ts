import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { StandInCluster } from './stand-in-cluster.ts';
import { startCluster } from './start-cluster.ts';
import { type ApiCall, callApi } from './testing/call-api.ts';

const POD = { group: '', resource: 'pods', namespace: 'payments', name: 'x' } as const;
const NODE = { group: '', resource: 'nodes', namespace: '', name: 'node-a' } as const;
const PATH = '/api/v1/namespaces/payments/pods/x';
const MERGE = { 'content-type': 'application/merge-patch+json' };

let cluster: StandInCluster;
beforeAll(async () => {
  cluster = await startCluster({ containers: 'no shell' });
}, 30_000);
afterAll(() => cluster.close());

const patch = (body: unknown, more: Partial<ApiCall> = {}) =>
  callApi(cluster, { method: 'PATCH', path: PATH, headers: MERGE, body, ...more });
const pod = () => cluster.object(POD)?.metadata;
const label = (value: string | null) => ({ metadata: { labels: { quarantine: value } } });

describe('a patch', () => {
  it('merges, removes by null, and moves the resourceVersion on', async () => {
    const before = pod()?.resourceVersion;
    expect((await patch(label('true'))).status).toBe(200);
    expect(pod()).toMatchObject({ labels: { app: 'checkout', quarantine: 'true' } });
    expect(pod()?.resourceVersion).not.toBe(before);
    await patch(label(null));
    expect(pod()?.labels).not.toHaveProperty('quarantine');
  });

  it('that changes nothing keeps the resourceVersion', async () => {
    await patch(label('true'));
    const before = pod()?.resourceVersion;
    await patch(label('true'));
    expect(pod()?.resourceVersion).toBe(before);
  });

  it('is kept by nobody on a dry run, and answered as if it were', async () => {
    await patch(label(null));
    const before = pod()?.resourceVersion;
    const { status, json } = await patch(label('true'), { path: `${PATH}?dryRun=All` });
    expect({ status, json }).toMatchObject({
      status: 200,
      json: { metadata: { labels: { quarantine: 'true' } } },
    });
    expect(pod()).toMatchObject({ resourceVersion: before });
    expect(pod()?.labels).not.toHaveProperty('quarantine');
  });

  it('names who wrote which field', async () => {
    await patch(label('maybe'), { path: `${PATH}?fieldManager=firebreak` });
    expect(pod()).toMatchObject({
      managedFields: expect.arrayContaining([
        expect.objectContaining({
          manager: 'firebreak',
          operation: 'Update',
          fieldsV1: expect.objectContaining({
            'f:metadata': expect.objectContaining({ 'f:labels': { 'f:quarantine': {} } }),
          }),
        }),
      ]),
    });
  });

  it('of an older resourceVersion loses', async () => {
    const { resourceVersion } = pod() ?? {};
    await patch(label('first'));
    const late = await patch({ metadata: { resourceVersion, labels: { quarantine: 'second' } } });
    expect(late.json).toMatchObject({ code: 409, reason: 'Conflict' });
    expect(pod()).toMatchObject({ labels: { quarantine: 'first' } });
  });

  it('leaves an object as it was when it takes away what is not there, and no empty maps', async () => {
    const node = () => cluster.object(NODE);
    const before = node();
    const body = { metadata: { annotations: { a: null } }, spec: { unschedulable: null } };
    expect((await patch(body, { path: '/api/v1/nodes/node-a' })).status).toBe(200);
    expect(node()).toEqual(before);
    await patch({ spec: { unschedulable: true } }, { path: '/api/v1/nodes/node-a' });
    await patch({ spec: { unschedulable: false } }, { path: '/api/v1/nodes/node-a' });
    expect(node()?.['spec']).toEqual(before?.['spec']);
  });

  it('may not change what an object is, nor a pod beyond its images and tolerations', async () => {
    const containers = (image: string, name = 'app') => [
      { op: 'replace', path: '/spec/containers/0/image', value: image },
      { op: 'replace', path: '/spec/containers/0/name', value: name },
    ];
    const byJson = (body: unknown) =>
      patch(body, { headers: { 'content-type': 'application/json-patch+json' } });
    expect((await byJson(containers('other:1'))).status).toBe(200);
    expect((await byJson(containers('other:1', 'renamed'))).json).toMatchObject({
      ...{ code: 422, reason: 'Invalid' },
      details: { causes: [{ reason: 'FieldValueForbidden', field: 'spec' }] },
    });
    expect((await patch({ metadata: { name: 'y' } })).json).toMatchObject({
      ...{ code: 400, message: 'the name of the object (y) does not match the name on the URL (x)' },
    });
    const selector = { spec: { selector: { matchLabels: { app: 'other' } } } };
    const path = '/apis/apps/v1/namespaces/payments/deployments/checkout';
    expect((await patch(selector, { path })).json).toMatchObject({ code: 422 });
  });

  it('keeps its hands off the status and the server’s own fields', async () => {
    const before = cluster.object(POD);
    const metadata = { creationTimestamp: '2001-01-01T00:00:00Z', generation: 99, managedFields: null };
    expect((await patch({ metadata, status: { phase: 'Failed' } })).status).toBe(200);
    expect(cluster.object(POD)).toEqual(before);
  });

  it('counts a generation for the spec, and for a Deployment’s annotations', async () => {
    const path = '/apis/apps/v1/namespaces/payments/deployments/checkout';
    const key = { group: 'apps', resource: 'deployments', namespace: 'payments', name: 'checkout' };
    const generation = () => cluster.object(key)?.metadata.generation;
    await patch(label('true'), { path });
    expect(generation()).toBe(1);
    await patch({ metadata: { annotations: { a: 'b' } } }, { path });
    await patch({ spec: { replicas: 2 } }, { path });
    expect(generation()).toBe(3);
  });

  it('is refused for labels and annotations that are none', async () => {
    const invalid = async (metadata: unknown) => {
      const { json } = await patch({ metadata });
      expect(json).toMatchObject({ code: 422, reason: 'Invalid' });
      return JSON.stringify(json);
    };
    expect(await invalid({ labels: { 'a b': '1' } })).toContain('name part must consist of');
    expect(await invalid({ labels: { 'A/b': '1' } })).toContain('prefix part a lowercase RFC 1123');
    expect(await invalid({ labels: { a: 'x'.repeat(64) } })).toContain('no more than 63 bytes');
    expect(await invalid({ labels: { a: 5 } })).toContain('patch: Invalid value');
    expect(await invalid({ annotations: { big: 'x'.repeat(262_144) } })).toContain('more than 262144 bytes');
  });

  it('is refused for options and types that a server does not know', async () => {
    const of = async (query: string, headers = MERGE) =>
      (await patch(label('true'), { path: `${PATH}?${query}`, headers })).json;
    expect(await of('dryRun=Some')).toMatchObject({
      code: 422,
      message:
        'PatchOptions.meta.k8s.io "" is invalid: dryRun: Unsupported value: []string{"Some"}: supported values: "All"',
    });
    expect(await of(`fieldManager=${'m'.repeat(129)}`)).toMatchObject({ code: 422 });
    expect(await of('fieldManager=a%0Ab')).toMatchObject({ code: 422 });
    expect(await of('fieldValidation=Loose')).toMatchObject({ code: 422 });
    expect(await of('force=true')).toMatchObject({ code: 422 });
    expect(await of('', { 'content-type': 'application/json' })).toMatchObject({ code: 415 });
  });

  it('with unknown fields is told so, refused, or cleaned in silence, as asked', async () => {
    const body = { metadata: { labelz: { a: 'b' } } };
    const of = (validation: string) => patch(body, { path: `${PATH}?fieldValidation=${validation}` });
    expect((await of('Strict')).json).toMatchObject({
      message: expect.stringContaining('unknown field "metadata.labelz"'),
    });
    expect(await of('Ignore')).toMatchObject({ status: 200, warning: undefined });
    expect(await of('Warn')).toMatchObject({
      ...{ status: 200, warning: String.raw`299 - "unknown field \"metadata.labelz\""` },
    });
    expect(pod()).not.toHaveProperty('labelz');
  });

  it('takes a field from the manager who had it, and gives it up when it takes it away', async () => {
    const owners = () =>
      pod()
        ?.managedFields?.filter(({ fieldsV1 }) => JSON.stringify(fieldsV1).includes('f:quarantine'))
        .map(({ manager }) => manager);
    await patch(label('one'), { path: `${PATH}?fieldManager=first` });
    await patch(label('two'), { path: `${PATH}?fieldManager=second` });
    expect(owners()).toEqual(['second']);
    await patch(label(null), { path: `${PATH}?fieldManager=third` });
    expect(owners()).toEqual([]);
    await patch(label('agent'), { headers: { ...MERGE, 'user-agent': 'curl/8.1' } });
    expect(owners()).toEqual(['curl']);
  });

  it('is for who may', async () => {
    const { json } = await patch(label('true'), { token: cluster.token('reader') });
    expect(json).toMatchObject({
      code: 403,
      message: expect.stringContaining('User "reader" cannot patch resource "pods"'),
    });
    const asked = { verb: 'patch', resource: 'nodes' };
    const review = (user: string) =>
      callApi(cluster, {
        method: 'POST',
        path: '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews',
        headers: { 'content-type': 'application/json' },
        body: {
          apiVersion: 'authorization.k8s.io/v1',
          kind: 'SelfSubjectAccessReview',
          spec: { resourceAttributes: asked },
        },
        token: cluster.token(user),
      });
    expect((await review('responder')).json).toMatchObject({ status: { allowed: true } });
    expect((await review('reader')).json).toMatchObject({ status: { allowed: false } });
  });
});

describe('server-side apply', () => {
  const apply = (labels: Readonly<Record<string, string>>, query: string, kind = 'Pod') =>
    callApi(cluster, {
      ...{ method: 'PATCH', path: `${PATH}?${query}` },
      headers: { 'content-type': 'application/apply-patch+yaml' },
      body: { apiVersion: 'v1', kind, metadata: { name: 'x', labels } },
    });
  const labels = () => pod()?.labels;

  it('owns what it applies, gives up what it names no more, and leaves the rest', async () => {
    expect((await apply({ one: '1', two: '2' }, 'fieldManager=me')).status).toBe(200);
    expect(labels()).toMatchObject({ app: 'checkout', one: '1', two: '2' });
    const before = pod()?.resourceVersion;
    await apply({ one: '1', two: '2' }, 'fieldManager=me');
    expect(pod()?.resourceVersion).toBe(before);
    await apply({ one: '1' }, 'fieldManager=me');
    expect(labels()).toMatchObject({ app: 'checkout', one: '1' });
    expect(labels()).not.toHaveProperty('two');
  });

  it('conflicts with whoever set a field to something else, and takes it by force', async () => {
    const refused = await apply({ app: 'stolen' }, 'fieldManager=thief');
    expect(refused.json).toMatchObject({
      code: 409,
      message:
        'Apply failed with 1 conflict: conflict with "kube-controller-manager" using v1: .metadata.labels.app',
      details: { causes: [{ reason: 'FieldManagerConflict', field: '.metadata.labels.app' }] },
    });
    expect((await apply({ app: 'checkout' }, 'fieldManager=friend')).status).toBe(200);
    expect((await apply({ app: 'stolen' }, 'fieldManager=thief&force=true&dryRun=All')).status).toBe(200);
    expect(labels()).toMatchObject({ app: 'checkout' });
    expect((await apply({ app: 'stolen' }, 'fieldManager=thief&force=true')).status).toBe(200);
    expect(labels()).toMatchObject({ app: 'stolen' });
    const last = await apply({ app: 'checkout' }, 'fieldManager=friend');
    expect(last.json).toMatchObject({ message: expect.stringContaining('conflict with "thief": .') });
  });

  it('needs a field manager, the right kind, and the right to create what is not there', async () => {
    expect((await apply({}, '')).json).toMatchObject({
      ...{ code: 422, message: expect.stringContaining('fieldManager: Required value') },
    });
    expect((await apply({}, 'fieldManager=me', 'Node')).status).toBe(400);
    const path = '/apis/apps/v1/namespaces/payments/deployments/new?fieldManager=me';
    const { json } = await callApi(cluster, {
      ...{ method: 'PATCH', path, token: cluster.token('responder') },
      headers: { 'content-type': 'application/apply-patch+yaml' },
      body: { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'new' } },
    });
    expect(json).toMatchObject({ message: expect.stringContaining('cannot create resource "deployments"') });
  });
});
