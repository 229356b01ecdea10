import { request } from 'node:https';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import type { StandInCluster } from './stand-in-cluster.ts';
import { startCluster } from './start-cluster.ts';
import { callApi } from './testing/call-api.ts';

/** Several test files at once on two cores take their time. */
const PATIENTLY = { timeout: 15_000 };
const PODS = '/api/v1/namespaces/payments/pods';
const LIST = z.object({
  metadata: z.object({ continue: z.string().optional() }),
  items: z.array(z.object({ metadata: z.object({ name: z.string(), uid: z.string() }) })),
});

let cluster: StandInCluster;
beforeAll(async () => {
  cluster = await startCluster({ containers: 'no shell' });
}, 30_000);
afterAll(() => cluster.close());
afterEach(() => cluster.faults.clear());

const list = async (path: string) => LIST.parse((await callApi(cluster, { path })).json);
const namesOf = async (path: string) => (await list(path)).items.map((item) => item.metadata.name);

describe('the API', () => {
  it('selects by labels: equal, unequal, in a set, present, absent', async () => {
    const select = (selector: string) => namesOf(`${PODS}?labelSelector=${encodeURIComponent(selector)}`);
    expect(await select('app=checkout')).toEqual(['x']);
    expect(await select('app in (checkout, multi),pod-template-hash')).toEqual(['x']);
    expect(await select('app!=checkout,!pod-template-hash')).toEqual([
      ...['crasher', 'log-shipper-5tq2w', 'multi', 'noshell', 'pending', 'sessions-0'],
    ]);
    expect(await select('app notin (checkout,multi,sessions,log-shipper)')).toEqual([
      'crasher',
      'noshell',
      'pending',
    ]);
  });

  it('selects by fields: events of one pod, pods of one node', async () => {
    expect(
      await namesOf('/api/v1/namespaces/payments/events?fieldSelector=involvedObject.name%3Dx'),
    ).toHaveLength(3);
    expect(await namesOf('/api/v1/pods?fieldSelector=spec.nodeName%3Dnode-b')).toEqual([
      ...['crasher', 'log-shipper-5tq2w', 'multi', 'sessions-0', 'x'],
    ]);
  });

  it('hands out a list in pages that together are the list', async () => {
    const first = await list(`${PODS}?limit=4`);
    const token = first.metadata.continue ?? '';
    const second = await list(`${PODS}?limit=4&continue=${token}`);
    expect([...first.items, ...second.items].map((item) => item.metadata.name)).toEqual(await namesOf(PODS));
    expect(second.metadata.continue).toBeUndefined();
  });

  it('finds two pods of one name in two namespaces', async () => {
    const both = (await list('/api/v1/pods?fieldSelector=metadata.name%3Dx')).items;
    expect(new Set(both.map((item) => item.metadata.uid)).size).toBe(2);
  });

  it('refuses with 405 what it has no handler for, to whom it may concern', async () => {
    for (const path of [PODS, '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews'])
      expect((await callApi(cluster, { method: 'DELETE', path, body: {} })).status).toBe(405);
    expect((await callApi(cluster, { method: 'PATCH', path: `${PODS}/x`, body: {} })).status).toBe(415);
    const reader = cluster.token('reader');
    expect((await callApi(cluster, { method: 'DELETE', path: `${PODS}/x`, token: reader })).status).toBe(403);
  });

  it('answers a review from the same rules by which it lets requests through', async () => {
    const may = async (user: string, attributes: Readonly<Record<string, string>>) => {
      const { json } = await callApi(cluster, {
        method: 'POST',
        path: '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews',
        token: cluster.token(user),
        body: { spec: { resourceAttributes: { namespace: 'payments', ...attributes } } },
      });
      return z.object({ status: z.object({ allowed: z.boolean() }) }).parse(json).status.allowed;
    };
    const exec = { resource: 'pods', subresource: 'exec' };
    expect(await may('responder', { ...exec, verb: 'create' })).toBe(true);
    expect(await may('exec-get-only', { ...exec, verb: 'get' })).toBe(true);
    expect(await may('exec-get-only', { ...exec, verb: 'create' })).toBe(false);
    expect(await may('responder', { resource: 'secrets', verb: 'get' })).toBe(false);
    expect(await may('responder', { resource: 'pods', verb: 'delete' })).toBe(false);
    const rules = [{ verbs: ['get'], apiGroups: [''], resources: ['pods'], namespaces: ['payments'] }];
    cluster.addUser('narrow', rules);
    expect(await may('narrow', { resource: 'pods', verb: 'get' })).toBe(true);
    expect(await may('narrow', { resource: 'pods', verb: 'get', namespace: 'staging' })).toBe(false);
    expect(
      (await callApi(cluster, { path: '/api/v1/namespaces/staging/pods/x', token: cluster.token('narrow') }))
        .status,
    ).toBe(403);
  });

  it('answers what another may do to whom may ask, from the bindings that name them', async () => {
    const path = '/apis/authorization.k8s.io/v1/subjectaccessreviews';
    const rbac = '/apis/rbac.authorization.k8s.io/v1/namespaces/payments';
    const metadata = { name: 'opener', namespace: 'payments' };
    const rules = [{ verbs: ['delete'], apiGroups: ['networking.k8s.io'], resources: ['networkpolicies'] }];
    const roleRef = { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: 'opener' };
    const subjects = [{ kind: 'ServiceAccount', name: 'checkout', namespace: 'payments' }];
    for (const [resource, kind, body] of [
      ['roles', 'Role', { rules }],
      ['rolebindings', 'RoleBinding', { roleRef, subjects }],
    ] as const)
      await callApi(cluster, {
        method: 'POST',
        path: `${rbac}/${resource}`,
        body: { apiVersion: 'rbac.authorization.k8s.io/v1', kind, metadata, ...body },
      });
    const ask = (spec: object, token?: string) =>
      callApi(cluster, { method: 'POST', path, ...(token === undefined ? {} : { token }), body: { spec } });
    const may = async (who: object, namespace = 'payments') => {
      const resourceAttributes = {
        verb: 'delete',
        group: 'networking.k8s.io',
        resource: 'networkpolicies',
        namespace,
      };
      const { json } = await ask({ ...who, resourceAttributes });
      return z.object({ status: z.object({ allowed: z.boolean() }) }).parse(json).status.allowed;
    };
    const account = { user: 'system:serviceaccount:payments:checkout' };
    expect(await may(account)).toBe(true);
    expect(await may(account, 'staging')).toBe(false);
    expect(await may({ user: 'checkout' })).toBe(false);
    expect(await may({ user: 'anyone', groups: ['system:masters'] })).toBe(true);
    const resourceAttributes = { verb: 'get', resource: 'pods' };
    expect((await ask({ resourceAttributes })).status).toBe(400);
    expect((await ask({ ...account, resourceAttributes }, cluster.token('reader'))).status).toBe(403);
  });

  it('keeps a log of who asked for what', async () => {
    const before = cluster.requests.length;
    await callApi(cluster, { path: `${PODS}/x/log`, token: cluster.token('responder') });
    expect(cluster.requests.slice(before)).toMatchObject([
      {
        user: 'responder',
        method: 'GET',
        verb: 'get',
        resource: 'pods/log',
        namespace: 'payments',
        name: 'x',
      },
    ]);
  });

  it('cuts a log by lines and by bytes', async () => {
    expect((await callApi(cluster, { path: `${PODS}/x/log?tailLines=1` })).text).toBe(
      'checkout: listening on 127.0.0.1:8080\n',
    );
    expect((await callApi(cluster, { path: `${PODS}/x/log?limitBytes=8` })).text).toBe('checkout');
    const stamped = await callApi(cluster, { path: `${PODS}/x/log?timestamps=true&tailLines=1` });
    expect(stamped.text).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z checkout/);
  });

  it('trusts no certificate but its own authority’s', async () => {
    const call = callApi({ ...cluster, caPem: '' }, { path: '/version' });
    await expect(call).rejects.toThrow(/certificate/);
  });
});

describe('a fault', () => {
  it('answers with the status that was asked for, only where it matches, until it is removed', async () => {
    const fault = cluster.faults.status(503, (seen) => seen.resource === 'pods');
    expect((await callApi(cluster, { path: PODS })).status).toBe(503);
    expect((await callApi(cluster, { path: '/version' })).status).toBe(200);
    fault.remove();
    expect((await callApi(cluster, { path: PODS })).status).toBe(200);
  });

  it('takes a token away and gives it back', async () => {
    const token = cluster.token('responder');
    const fault = cluster.faults.denyToken(token);
    expect((await callApi(cluster, { path: PODS, token })).status).toBe(401);
    fault.remove();
    expect((await callApi(cluster, { path: PODS, token })).status).toBe(200);
  });

  it('hangs: the request arrives and no answer comes', async () => {
    cluster.faults.hang((seen) => seen.path === '/version');
    const before = cluster.requests.length;
    let answers = 0;
    const waiting = request(`${cluster.url}/version`, { ca: cluster.caPem, agent: false }, () => {
      answers += 1;
    });
    waiting.on('error', () => undefined);
    waiting.end();
    await expect.poll(() => cluster.requests.length, PATIENTLY).toBe(before + 1);
    await callApi(cluster, { path: '/livez' });
    expect(answers).toBe(0);
    waiting.destroy();
  });

  it('drops the connection', async () => {
    cluster.faults.dropConnection();
    await expect(callApi(cluster, { path: '/version' })).rejects.toThrow(/socket hang up/);
  });
});
