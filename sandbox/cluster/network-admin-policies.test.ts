import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { KubeObject } from './api/kube-object.ts';
import { ADDRESSES } from './network/addresses.ts';
import type { StandInCluster } from './stand-in-cluster.ts';
import { startCluster } from './start-cluster.ts';
import { callApi } from './testing/call-api.ts';
import {
  ADMIN_PORT,
  addressOf,
  HTTP_PORT,
  policy,
  reached,
  shellIn,
  startNetworkScene,
  withPolicies,
} from './testing/network-scene.ts';

let cluster: StandInCluster;
beforeAll(async () => {
  cluster = await startNetworkScene({ enforcement: 'networkpolicy', connections: 'kept' });
});
afterAll(() => cluster.close());
beforeEach(({ skip }) => {
  if (cluster.network === 'loopback only') skip(cluster.networkReason);
});

const WEB = `shop/web:${HTTP_PORT}`;
const GROUP = '/apis/policy.networking.k8s.io';
const subject = { pods: { namespaceSelector: {}, podSelector: { matchLabels: { app: 'web' } } } };
const everyone = [{ namespaces: {} }];
const named = (name: string) => ({ matchLabels: { 'kubernetes.io/metadata.name': name } });
const admin = (name: string, priority: number, spec: object): KubeObject => ({
  ...{ apiVersion: 'policy.networking.k8s.io/v1alpha1', kind: 'AdminNetworkPolicy' },
  ...{ metadata: { name }, spec: { priority, subject, ...spec } },
});
const denyAll = admin('deny-all', 10, {
  ingress: [{ action: 'Deny', from: everyone }],
  egress: [{ action: 'Deny', to: [{ networks: ['0.0.0.0/0'] }] }],
});
const open = policy('open', { podSelector: {}, ingress: [{}], egress: [{}] });
const web = { podSelector: { matchLabels: { app: 'web' } } };

describe('an AdminNetworkPolicy', () => {
  it('denies what a NetworkPolicy allows', async () => {
    await withPolicies(cluster, [open], async () => {
      expect(await reached(cluster, 'lab/client', [WEB])).toEqual([WEB]);
      await withPolicies(cluster, [denyAll], async () => {
        expect(await reached(cluster, 'lab/client', [WEB, 'shop/client:8080'])).toEqual(['shop/client:8080']);
        const away = [`lab/client:${HTTP_PORT}`, `${ADDRESSES.metadata}:80`, `${ADDRESSES.apiService}:443`];
        expect(await reached(cluster, 'shop/web', away)).toEqual([]);
        const asked = ['busybox', 'nc', '-w', '3', addressOf(cluster, 'shop/web'), `${HTTP_PORT}`];
        expect(await cluster.runOnNode(asked)).toBe('web\n');
      });
    });
  });

  it('allows what a NetworkPolicy does not', async () => {
    const allow = admin('allow-lab', 10, {
      ingress: [{ action: 'Allow', from: [{ namespaces: named('lab') }] }],
    });
    await withPolicies(cluster, [policy('deny', web), allow], async () => {
      expect(await reached(cluster, 'lab/client', [WEB])).toEqual([WEB]);
      expect(await reached(cluster, 'shop/client', [WEB])).toEqual([]);
    });
  });

  it('outranks those with a higher number, and leaves to NetworkPolicies what it passes on', async () => {
    const pass = admin('pass-lab', 5, {
      ingress: [{ action: 'Pass', from: [{ namespaces: named('lab') }] }],
    });
    await withPolicies(cluster, [denyAll, pass], async () => {
      expect(await reached(cluster, 'lab/client', [WEB])).toEqual([WEB]);
      expect(await reached(cluster, 'shop/client', [WEB])).toEqual([]);
      await withPolicies(cluster, [policy('deny', web)], async () => {
        expect(await reached(cluster, 'lab/client', [WEB])).toEqual([]);
      });
    });
    const later = admin('allow-later', 20, { ingress: [{ action: 'Allow', from: everyone }] });
    await withPolicies(cluster, [later, denyAll], async () => {
      expect(await reached(cluster, 'lab/client', [WEB])).toEqual([]);
    });
  });

  it('goes by the order of its own rules, by ports, and by nodes', async () => {
    const ports = [{ portNumber: { protocol: 'TCP', port: HTTP_PORT } }];
    const ordered = admin('ordered', 1, {
      ingress: [
        { action: 'Allow', from: everyone, ports },
        { action: 'Deny', from: everyone, ports: [{ portRange: { start: 8000, end: 9999 } }] },
      ],
      egress: [{ action: 'Deny', to: [{ nodes: {} }], ports: [{ portNumber: { port: 10250 } }] }],
    });
    await withPolicies(cluster, [ordered], async () => {
      expect(await reached(cluster, 'lab/client', [WEB, `shop/web:${ADMIN_PORT}`])).toEqual([WEB]);
      const targets = [`${ADDRESSES.apiService}:443`, `${ADDRESSES.node}:10250`];
      expect(await reached(cluster, 'shop/web', targets)).toEqual([`${ADDRESSES.apiService}:443`]);
    });
    const byName = admin('by-name', 1, {
      ingress: [{ action: 'Deny', from: everyone, ports: [{ namedPort: 'admin' }] }],
    });
    await withPolicies(cluster, [byName], async () => {
      expect(await reached(cluster, 'lab/client', [WEB, `shop/web:${ADMIN_PORT}`])).toEqual([WEB]);
    });
  });

  it('is a resource of the cluster that is discovered, created, listed and deleted', async () => {
    const discovered = await callApi(cluster, { path: `${GROUP}/v1alpha1` });
    expect(discovered.json).toMatchObject({
      resources: [{ name: 'adminnetworkpolicies', namespaced: false }],
    });
    const path = `${GROUP}/v1alpha1/adminnetworkpolicies`;
    expect(await callApi(cluster, { method: 'POST', path, body: denyAll })).toMatchObject({ status: 201 });
    await cluster.settled();
    expect(await reached(cluster, 'lab/client', [WEB])).toEqual([]);
    const { json } = await callApi(cluster, { path });
    expect(json).toMatchObject({ kind: 'AdminNetworkPolicyList', items: [{ spec: { priority: 10 } }] });
    expect(await callApi(cluster, { method: 'DELETE', path: `${path}/deny-all` })).toMatchObject({
      status: 200,
    });
    await cluster.settled();
    expect(await shellIn(cluster, 'lab/client', `nc -w 3 ${addressOf(cluster, 'shop/web')} 8080`)).toBe(
      'web\n',
    );
  });
});

describe('a cluster without all of it', () => {
  it('has no AdminNetworkPolicy without a pod network, and says that pods lead nowhere', async () => {
    await using bare = await startCluster({ containers: 'no shell' });
    expect(await callApi(bare, { path: GROUP })).toMatchObject({ status: 404 });
    expect(await callApi(bare, { path: `${GROUP}/v1alpha1/adminnetworkpolicies` })).toMatchObject({
      status: 404,
    });
    const { text } = await callApi(bare, { path: '/apis' });
    expect(text).not.toContain('policy.networking.k8s.io');
    expect(bare.network).toBe('loopback only');
    expect(bare.networkReason).toBe('it was asked for without a pod network');
    await expect(bare.setNetwork({ enforcement: 'none', connections: 'cut' })).rejects.toThrow(
      'no pod network',
    );
  });

  it('can have a pod network and no AdminNetworkPolicy', async () => {
    const network = { enforcement: 'networkpolicy', connections: 'cut', denyApi: 'none' } as const;
    await using bare = await startCluster({ containers: 'no shell', network });
    expect(await callApi(bare, { path: GROUP })).toMatchObject({ status: 404 });
  });

  it('gives the reason where it was asked for one', async () => {
    const network = { enforcement: 'none', connections: 'cut' } as const;
    await using bare = await startCluster({ containers: 'no shell', network });
    expect(bare.networkReason).toMatch(/^this machine has no pod network: /);
  });
});
