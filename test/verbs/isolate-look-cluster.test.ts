import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { StandInCluster } from '../../sandbox/cluster/stand-in-cluster.ts';
import { startCluster } from '../../sandbox/cluster/start-cluster.ts';
import {
  HTTP_PORT,
  policy,
  reached,
  startNetworkScene,
  withPolicies,
} from '../../sandbox/cluster/testing/network-scene.ts';
import { collectionPath } from '../../src/core/target.ts';
import type { KubernetesClient } from '../../src/kubernetes/cluster-client.ts';
import { carriersOf, onlyCarrier } from '../../src/verbs/isolate/deny/carriers.ts';
import { type Look, lookAround } from '../../src/verbs/isolate/look/look-around.ts';
import { clientOf, fixedAccess } from '../kubernetes/client-of.ts';
import { targetOf } from './plan-scene.ts';

const LABEL = 'firebreak.dev/isolated-by';
const RUN = 'FB-2026-0007-3';
const WEB = { group: '', version: 'v1', resource: 'pods', namespace: 'shop', name: 'web' } as const;
/** Of the pod's own service account, in the world that every stand-in has. */
const ROLE = {
  group: 'rbac.authorization.k8s.io',
  resource: 'roles',
  namespace: 'payments',
  name: 'checkout',
};
const { signal } = new AbortController();

const clientIn = (cluster: StandInCluster): KubernetesClient =>
  clientOf(fixedAccess(new URL(cluster.url), cluster.caPem, cluster.token('admin')));

const lookAt = async (client: KubernetesClient, pod: { readonly namespace: string; readonly name: string }) =>
  await lookAround(
    {
      cluster: client,
      target: targetOf({ kind: 'pod' }),
      object: await client.get({ ...WEB, ...pod }, signal),
      mayRun: async () => 'yes',
      signal,
    },
    { label: LABEL },
  );

const label = (client: KubernetesClient, value: string | null): Promise<unknown> =>
  client.write({
    ...{ method: 'PATCH', type: 'merge', path: WEB, mode: 'for real', signal },
    body: { metadata: { labels: { [LABEL]: value } } },
  });

/** Makes the policies, then sets the label, as a run does; and takes both away again. */
const whileIsolated = async (
  cluster: StandInCluster,
  client: KubernetesClient,
  { deny }: Look,
  during: () => Promise<void>,
): Promise<void> => {
  const policies = deny.policies({ run: RUN });
  for (const { kind, namespace, body } of policies)
    await client.write({
      ...{ method: 'POST', path: collectionPath({ kind, namespace }), body, mode: 'for real', signal },
    });
  await label(client, RUN);
  await cluster.settled();
  try {
    await during();
  } finally {
    await label(client, null);
    for (const { kind, namespace, name } of policies) {
      const { group, resource } = collectionPath({ kind, namespace });
      cluster.removeObject({ group, resource, namespace, name });
    }
    await cluster.settled();
  }
};

const SERVER = `shop/web:${HTTP_PORT}`;
const OTHERS = [`shop/client:${HTTP_PORT}`, `lab/client:${HTTP_PORT}`];

describe('what is denied after a look, in a cluster that enforces it', () => {
  let cluster: StandInCluster;
  let client: KubernetesClient;
  beforeAll(async () => {
    cluster = await startNetworkScene({ enforcement: 'networkpolicy', connections: 'kept' });
    client = clientIn(cluster);
  });
  afterAll(async () => {
    client.close();
    await cluster.close();
  });
  beforeEach(({ skip }) => {
    if (cluster.network === 'loopback only') skip(cluster.networkReason);
  });

  /** Who is reached from outside, from the pod, and from its sibling. */
  const traffic = async () => ({
    inward: await reached(cluster, 'lab/client', [SERVER]),
    outward: await reached(cluster, 'shop/web', OTHERS),
    sibling: await reached(cluster, 'shop/client', [`lab/client:${HTTP_PORT}`]),
  });
  const free = { inward: [SERVER], outward: OTHERS.toSorted(), sibling: [`lab/client:${HTTP_PORT}`] };
  const cut = { ...free, inward: [], outward: [] };

  test('is all of the pod’s traffic in both directions, and none of its sibling’s', async () => {
    const look = await lookAt(client, WEB);
    expect(look.deny.kind).toBe('plain');
    expect(await traffic()).toEqual(free);
    await whileIsolated(cluster, client, look, async () => expect(await traffic()).toEqual(cut));
    expect(await traffic()).toEqual(free);
  });

  test.each([
    ['an empty selector', {}],
    ['NotIn', { matchExpressions: [{ key: 'tier', operator: 'NotIn', values: ['db'] }] }],
  ])('leaves no allow open that selects by %s', async (_, podSelector) => {
    const open = policy('open', { podSelector, ingress: [{}], egress: [{}] });
    await withPolicies(cluster, [open], async () => {
      const look = await lookAt(client, WEB);
      expect(look.openings.map(({ name, allows }) => ({ name, allows }))).toEqual([
        { name: 'open', allows: ['ingress', 'egress'] },
      ]);
      expect(look.deny).toMatchObject({ kind: 'outranking', by: 'adminnetworkpolicy' });
      const plain = {
        ...look,
        deny: { ...look.deny, policies: () => look.deny.policies({ run: RUN }).slice(0, 1) },
      };
      await whileIsolated(cluster, client, plain, async () => expect(await traffic()).toEqual(free));
      await whileIsolated(cluster, client, look, async () => expect(await traffic()).toEqual(cut));
    });
  });

  test('is about exactly the pod that carries the run’s label', async () => {
    const of = { namespace: 'shop', label: LABEL, run: RUN };
    const look = await lookAt(client, WEB);
    expect(await carriersOf(client, of, signal)).toEqual([]);
    await whileIsolated(cluster, client, look, async () => {
      const carriers = await carriersOf(client, of, signal);
      expect(carriers).toMatchObject([{ name: 'web', run: RUN }]);
      expect(carriers === 'could not look' ? '' : onlyCarrier(carriers, look.pod.metadata.uid)).toBe(
        'this pod',
      );
    });
  });
});

describe('a look by real requests', () => {
  test('asks the cluster what the pod’s own account may do, and changes nothing', async () => {
    await using cluster = await startCluster({ containers: 'no shell' });
    const client = clientIn(cluster);
    try {
      const x = { namespace: 'payments', name: 'x' };
      const bound = (await lookAt(client, x)).says.keep.risks.join();
      expect(bound).not.toContain('service account');
      cluster.changeObject(ROLE, (role) => ({
        ...role,
        rules: [{ apiGroups: ['networking.k8s.io'], resources: ['networkpolicies'], verbs: ['delete'] }],
      }));
      const before = cluster.requests.length;
      const look = await lookAt(client, x);
      expect(look.says.keep.risks.join()).toContain(
        'Its service account checkout may delete networkpolicies.networking.k8s.io in payments',
      );
      const asked = cluster.requests.slice(before);
      expect(asked.some(({ resource }) => resource === 'subjectaccessreviews')).toBe(true);
      expect(
        asked.filter(({ method, resource }) => method !== 'GET' && resource !== 'subjectaccessreviews'),
      ).toEqual([]);
    } finally {
      client.close();
    }
  });
});
