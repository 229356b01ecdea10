import { connect } from 'node:tls';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import type { StandInCluster } from './stand-in-cluster.ts';
import { startCluster } from './start-cluster.ts';
import { type ApiCall, callApi } from './testing/call-api.ts';

const PODS = '/api/v1/namespaces/payments/pods';
const MAPS = '/api/v1/namespaces/payments/configmaps';
const IMAGE = 'registry.example/tools/proxy:1.9';
const MADE = z.looseObject({
  metadata: z.looseObject({ name: z.string(), uid: z.string(), resourceVersion: z.string().optional() }),
});

let cluster: StandInCluster;
beforeAll(async () => {
  cluster = await startCluster({ containers: 'no shell' });
}, 30_000);
afterAll(() => cluster.close());

const call = (method: string, path: string, body?: unknown, more: Partial<ApiCall> = {}) =>
  callApi(cluster, { method, path, ...(body === undefined ? {} : { body }), ...more });
const map = (name: string, data: Readonly<Record<string, string>>, metadata = {}) => ({
  ...{ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, ...metadata }, data },
});
const pod = (name: string, image = IMAGE) => ({
  ...{ apiVersion: 'v1', kind: 'Pod', metadata: { name }, spec: { containers: [{ name: 'app', image }] } },
});
const seen = (name: string) => cluster.object({ group: '', resource: 'pods', namespace: 'payments', name });

describe('POST and PUT', () => {
  it('create and replace, the last one winning unless it names a resourceVersion or another uid', async () => {
    const made = MADE.parse((await call('POST', MAPS, map('one', { a: '1' }))).json).metadata;
    expect((await call('POST', MAPS, map('one', {}))).json).toMatchObject({
      ...{ code: 409, reason: 'AlreadyExists', message: 'configmaps "one" already exists' },
    });
    expect((await call('PUT', `${MAPS}/one`, map('one', { a: '2' }))).json).toMatchObject({
      ...{ data: { a: '2' }, metadata: { uid: made.uid } },
    });
    const { resourceVersion } = made;
    const stale = await call('PUT', `${MAPS}/one`, map('one', { a: '3' }, { resourceVersion }));
    expect(stale.json).toMatchObject({ code: 409, reason: 'Conflict' });
    const other = await call('PUT', `${MAPS}/one`, map('one', {}, { uid: 'other' }));
    expect(other.json).toMatchObject({ code: 409, message: expect.stringContaining('Precondition failed') });
    expect((await call('PUT', `${MAPS}/two`, map('two', {}))).status).toBe(404);
    expect((await call('PUT', `${MAPS}/one`, map('two', {}))).status).toBe(400);
  });

  it('keep nothing on a dry run', async () => {
    expect((await call('POST', `${MAPS}?dryRun=All`, map('dry', {}))).status).toBe(201);
    expect((await call('GET', `${MAPS}/dry`)).status).toBe(404);
  });

  it('generate a name, and need a namespace that exists and a body that they read', async () => {
    const generated = MADE.parse((await call('POST', MAPS, map('', {}, { generateName: 'gen-' }))).json);
    expect(generated.metadata.name).toMatch(/^gen-[a-z0-9]{5}$/);
    expect((await call('POST', MAPS.replace('payments', 'nowhere'), map('a', {}))).json).toMatchObject({
      message: 'namespaces "nowhere" not found',
    });
    const protobuf = { headers: { 'content-type': 'application/vnd.kubernetes.protobuf' } };
    expect((await call('POST', MAPS, map('a', {}), protobuf)).status).toBe(415);
    expect((await call('POST', MAPS, { ...map('a', {}), kind: 'Secret' })).status).toBe(400);
    expect((await call('POST', MAPS, map('Not A Name', {}))).status).toBe(422);
    const reader = { token: cluster.token('reader') };
    expect((await call('POST', MAPS, map('a', {}), reader)).json).toMatchObject({
      message: expect.stringContaining('User "reader" cannot create resource "configmaps"'),
    });
  });
});

describe('a pod', () => {
  it('that is created gets a node that is open, and runs; without its image it waits', async () => {
    await call('POST', PODS, pod('made'));
    await expect.poll(() => seen('made')).toMatchObject({ status: { phase: 'Running' } });
    expect(seen('made')).toMatchObject({ spec: { nodeName: 'node-a', serviceAccountName: 'default' } });
    await call('POST', PODS, pod('no-image', 'nobody/has:1'));
    await expect
      .poll(() => seen('no-image'))
      .toMatchObject({
        status: { containerStatuses: [{ state: { waiting: { reason: 'ImagePullBackOff' } } }] },
      });
  });

  it('stays when it is another’s uid or version that shall be deleted, and on a dry run', async () => {
    await call('POST', PODS, pod('stays'));
    const { uid } = seen('stays')?.metadata ?? {};
    const gone = (options: unknown) => call('DELETE', `${PODS}/stays`, options);
    expect((await gone({ preconditions: { uid: 'other' } })).status).toBe(409);
    expect((await gone({ preconditions: { uid, resourceVersion: '1' } })).status).toBe(409);
    expect((await gone({ dryRun: ['All'] })).status).toBe(200);
    expect((await gone({ dryRun: ['Some'] })).status).toBe(422);
    expect((await call('DELETE', `${PODS}/stays?dryRun=All`)).status).toBe(200);
    expect(seen('stays')?.metadata.uid).toBe(uid);
    expect((await gone({ preconditions: { uid } })).json).toMatchObject({
      metadata: { deletionTimestamp: expect.any(String) },
    });
    await expect.poll(() => seen('stays')).toBeUndefined();
  });

  it('is not evicted on a dry run, and is by an eviction of its own name', async () => {
    await call('POST', PODS, pod('evicted'));
    const evict = (name: string, query = '') =>
      call('POST', `${PODS}/evicted/eviction${query}`, {
        ...{ apiVersion: 'policy/v1', kind: 'Eviction', metadata: { name } },
      });
    expect((await evict('evicted', '?dryRun=All')).status).toBe(201);
    expect((await evict('another')).status).toBe(400);
    expect(seen('evicted')?.metadata).not.toHaveProperty('deletionTimestamp');
    expect((await evict('evicted')).status).toBe(201);
    await expect.poll(() => seen('evicted')).toBeUndefined();
  });

  it('is deleted in spite of a precondition whose length was not said first, as observed', async () => {
    await call('POST', PODS, pod('unlucky'));
    const text = JSON.stringify({ preconditions: { uid: 'other' } });
    const { port } = new URL(cluster.url);
    const socket = connect({ host: '127.0.0.1', port: Number(port), ca: cluster.caPem });
    const head = [
      ...[`DELETE ${PODS}/unlucky HTTP/1.1`, 'host: x', `authorization: Bearer ${cluster.token('admin')}`],
      ...['transfer-encoding: chunked', 'connection: close', '', text.length.toString(16), text, '0', '', ''],
    ];
    socket.end(head.join('\r\n'));
    socket.resume();
    await new Promise((resolve) => socket.once('close', resolve));
    await expect.poll(() => seen('unlucky')).toBeUndefined();
  });

  it('keeps its labels when its containers change', async () => {
    const headers = { 'content-type': 'application/merge-patch+json' };
    await call('PATCH', `${PODS}/multi`, { metadata: { labels: { kept: 'yes' } } }, { headers });
    await cluster.restartContainer('payments', 'multi', 'app');
    expect(seen('multi')).toMatchObject({ metadata: { labels: { kept: 'yes' } } });
  });
});

describe('other kinds', () => {
  it('go at once with a Status, and a namespace with all that is in it', async () => {
    const path = '/apis/apps/v1/namespaces/payments/deployments/checkout';
    expect((await call('DELETE', path)).json).toMatchObject({
      ...{
        kind: 'Status',
        status: 'Success',
        details: { name: 'checkout', group: 'apps', kind: 'deployments' },
      },
    });
    await call('POST', '/api/v1/namespaces', {
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: { name: 'ns' },
    });
    await call('POST', '/api/v1/namespaces/ns/pods', pod('inside'));
    expect((await call('GET', '/api/v1/namespaces/ns/pods/inside')).status).toBe(200);
    expect((await call('DELETE', '/api/v1/namespaces/ns')).status).toBe(200);
    await expect.poll(async () => (await call('GET', '/api/v1/namespaces/ns')).status).toBe(404);
    expect((await call('GET', '/api/v1/namespaces/ns/pods/inside')).status).toBe(404);
    expect((await call('GET', '/api/v1/namespaces/ns/serviceaccounts/default')).status).toBe(404);
  });

  it('tell a watch what happens to them', async () => {
    const from = MADE.parse((await call('POST', MAPS, map('watched', {}))).json).metadata.resourceVersion;
    await call('PUT', `${MAPS}/watched`, map('watched', { a: '1' }));
    await call('DELETE', `${MAPS}/watched`);
    const query = `watch=1&timeoutSeconds=1&fieldSelector=metadata.name%3Dwatched&resourceVersion=${from}`;
    const lines = (await call('GET', `${MAPS}?${query}`, undefined, {})).text.trim().split('\n');
    expect(lines.map((line) => z.looseObject({ type: z.string() }).parse(JSON.parse(line)).type)).toEqual([
      ...['MODIFIED', 'DELETED'],
    ]);
  });

  it('give a service account a token that may what its role bindings grant', async () => {
    const rbac = 'rbac.authorization.k8s.io';
    const { json } = await call('POST', '/api/v1/namespaces/payments/serviceaccounts/checkout/token', {});
    const { token } = z.looseObject({ status: z.looseObject({ token: z.string() }) }).parse(json).status;
    const secrets = (namespace: string) =>
      call('GET', `/api/v1/namespaces/${namespace}/secrets`, undefined, { token });
    expect((await secrets('payments')).status).toBe(200);
    expect((await secrets('staging')).status).toBe(403);
    await call('DELETE', `/apis/${rbac}/v1/namespaces/payments/rolebindings/checkout`);
    expect((await secrets('payments')).status).toBe(403);
  });
});
