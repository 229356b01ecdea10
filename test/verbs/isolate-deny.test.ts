import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import type { EngineLook } from '../../src/core/policy-engine.ts';
import { carriersOf, onlyCarrier } from '../../src/verbs/isolate/deny/carriers.ts';
import { chooseDeny, type DenyChoice } from '../../src/verbs/isolate/deny/choose-deny.ts';
import { DENY_KINDS, type DenyKind } from '../../src/verbs/isolate/deny/deny-policy.ts';
import type { OutrankingKind } from '../../src/verbs/isolate/deny/outranking.ts';
import { networkOf } from '../../src/verbs/isolate/look/network.ts';
import { selectingPolicies } from '../../src/verbs/isolate/look/selecting-policies.ts';
import {
  adminPolicy,
  calicoPolicy,
  ciliumPolicy,
  LABEL,
  type LookScene,
  NAMESPACE,
  networkPolicy,
  RUN,
  rawPod,
  scenePod,
  sceneReader,
  signal,
} from './isolate-look-scene.ts';

const goldenSchema = z.strictObject({ source: z.array(z.url()).min(1), policy: z.unknown() });
const golden = (kind: DenyKind): unknown => {
  const path = new URL(`./deny-policies/${kind}.json`, import.meta.url);
  return goldenSchema.parse(JSON.parse(readFileSync(path, 'utf8'))).policy;
};

const CALICO: EngineLook = {
  kind: 'found',
  engines: [{ name: 'Calico', family: 'calico', connections: 'kept' }],
};
const CILIUM: EngineLook = {
  kind: 'found',
  engines: [{ name: 'Cilium', family: 'cilium', connections: 'cut' }],
};
const OTHER: EngineLook = {
  kind: 'found',
  engines: [{ name: 'OVN-Kubernetes', family: 'other', connections: 'unknown' }],
};
const UNSEEN: EngineLook = { kind: 'could not look', seen: [], unseen: ['kube-system'] };

const NET = 'networkpolicies.networking.k8s.io';
const ADMIN = 'adminnetworkpolicies.policy.networking.k8s.io';
const CLUSTER = 'clusternetworkpolicies.policy.networking.k8s.io';
const CNP = 'ciliumnetworkpolicies.cilium.io';
const CCNP = 'ciliumclusterwidenetworkpolicies.cilium.io';
const CALICO_NP = 'networkpolicies.crd.projectcalico.org';
const CALICO_GNP = 'globalnetworkpolicies.crd.projectcalico.org';

const everything = networkPolicy('open', { podSelector: {}, ingress: [{}], egress: [{}] });
const outward = networkPolicy('outward', { podSelector: {}, policyTypes: ['Egress'], egress: [{}] });

const chosen = async (
  engine: EngineLook,
  lists: NonNullable<LookScene['lists']> = {},
  {
    refused = [],
    ...pod
  }: NonNullable<Parameters<typeof rawPod>[0]> & { readonly refused?: readonly OutrankingKind[] } = {},
): Promise<DenyChoice> => {
  const { reader } = sceneReader({ lists, gets: { 'namespaces/payments': { metadata: {} } } });
  const selecting = await selectingPolicies(reader, scenePod(pod), LABEL, signal);
  const carriers = await carriersOf(reader, { namespace: NAMESPACE, label: LABEL }, signal);
  const network = networkOf(rawPod(pod));
  const look = { namespace: NAMESPACE, label: LABEL, network, engine, selecting, carriers };
  return chooseDeny({ ...look, refused: new Set(refused) });
};
const kindsOf = (choice: DenyChoice): readonly string[] =>
  choice.policies({ run: RUN }).map(({ kind }) => kind);

describe('a deny where nothing else lets anything through', () => {
  test('is one NetworkPolicy in both directions', async () => {
    const closed = networkPolicy('closed', { podSelector: {}, policyTypes: ['Ingress', 'Egress'] });
    const choice = await chosen(OTHER, { [NET]: [closed], [ADMIN]: [] });
    expect(choice).toMatchObject({ kind: 'plain', risks: [], notes: [] });
    expect(choice.policies({ run: RUN })).toEqual([
      {
        ...{ kind: 'networkpolicy', namespace: NAMESPACE, name: 'firebreak-fb-2026-0007-3' },
        body: golden('networkpolicy'),
      },
    ]);
  });

  test('is the same where a policy lets go of the pod once it is labelled', async () => {
    const leaves = networkPolicy('leaves', {
      podSelector: { matchExpressions: [{ key: LABEL, operator: 'DoesNotExist' }] },
      ingress: [{}],
    });
    expect(await chosen(OTHER, { [NET]: [leaves] })).toMatchObject({ kind: 'plain' });
  });

  test('is made all the same where no engine was found: the proof decides', async () => {
    expect(kindsOf(await chosen({ kind: 'none found', off: [] }))).toEqual(['networkpolicy']);
  });
});

describe('a deny beside policies that let something through', () => {
  test.each([
    { engine: CILIUM, installed: { [CNP]: [] }, by: 'ciliumnetworkpolicy' },
    { engine: CALICO, installed: { [CALICO_NP]: [] }, by: 'caliconetworkpolicy' },
    { engine: OTHER, installed: { [ADMIN]: [] }, by: 'adminnetworkpolicy' },
    { engine: CILIUM, installed: { [CLUSTER]: [] }, by: 'clusternetworkpolicy' },
    { engine: CALICO, installed: { [ADMIN]: [] }, by: 'adminnetworkpolicy' },
    { engine: OTHER, installed: { [ADMIN]: [], [CLUSTER]: [] }, by: 'clusternetworkpolicy' },
    { engine: CALICO, installed: { [ADMIN]: [], [CALICO_NP]: [], [CNP]: [] }, by: 'caliconetworkpolicy' },
    { engine: UNSEEN, installed: { [CNP]: [], [ADMIN]: [] }, by: 'ciliumnetworkpolicy' },
  ] as const)('outranks them by a $by, the NetworkPolicy first', async ({ engine, installed, by }) => {
    const choice = await chosen(engine, { [NET]: [everything], ...installed });
    expect(choice).toMatchObject({ kind: 'outranking', by });
    const [plain, above, ...more] = choice.policies({ run: RUN });
    expect(more).toEqual([]);
    expect(plain?.body).toEqual(golden('networkpolicy'));
    expect(above).toMatchObject({ kind: by, body: golden(by) });
    expect(above?.namespace).toBe(by.startsWith('c') && by !== 'clusternetworkpolicy' ? NAMESPACE : '');
    expect(choice.notes.join()).toContain('NetworkPolicy/open allows traffic beside a NetworkPolicy');
  });

  test('never rests on a kind of policy that the engine does not carry out', async () => {
    expect(await chosen(CALICO, { [NET]: [everything], [CNP]: [] })).toMatchObject({ kind: 'none' });
    expect(await chosen(CILIUM, { [NET]: [everything], [ADMIN]: [] })).toMatchObject({ kind: 'none' });
    expect(await chosen(OTHER, { [NET]: [everything], [CALICO_NP]: [] })).toMatchObject({ kind: 'none' });
  });

  test('never rests on a kind that the run may not make, and says which it would have been', async () => {
    const lists = { [NET]: [everything], [ADMIN]: [], [CLUSTER]: [] };
    expect(await chosen(OTHER, lists, { refused: ['clusternetworkpolicy'] })).toMatchObject({
      ...{ kind: 'outranking', by: 'adminnetworkpolicy' },
    });
    const neither = await chosen(OTHER, lists, { refused: ['clusternetworkpolicy', 'adminnetworkpolicy'] });
    expect(kindsOf(neither)).toEqual(['networkpolicy']);
    expect(neither).toMatchObject({
      kind: 'none',
      why: 'Firebreak may not make a ClusterNetworkPolicy and an AdminNetworkPolicy, which would outrank NetworkPolicy/open.',
    });
  });

  test('says that an admin policy stops pods alone from reaching it', async () => {
    const risks = async (...policies: readonly object[]) =>
      (await chosen(OTHER, { [NET]: policies, [ADMIN]: [] })).risks;
    expect(await risks(everything)).toEqual([
      'The deny stops pods alone from reaching it: NetworkPolicy/open may still let in nodes and what comes from outside the cluster.',
    ]);
    expect(await risks(outward)).toEqual([]);
    expect((await chosen(CILIUM, { [NET]: [everything], [CNP]: [] })).risks).toEqual([]);
  });

  test('of Calico stands before all policies of its tier that select the pod', async () => {
    const policy = (name: string, order: number | undefined) =>
      calicoPolicy(name, { ...(order === undefined ? {} : { order }), egress: [{ action: 'Allow' }] });
    const order = async (...policies: readonly object[]) => {
      const choice = await chosen(CALICO, { [CALICO_NP]: [], [CALICO_GNP]: policies });
      const body = choice.policies({ run: RUN })[1]?.body;
      return z.looseObject({ spec: z.looseObject({ order: z.number() }) }).parse(body).spec.order;
    };
    expect(await order(policy('last', undefined))).toBe(0);
    expect(await order(policy('late', 500), policy('first', 0))).toBe(-1);
    expect(await order(policy('before', -10))).toBe(-11);
  });

  test.each([
    [
      'a policy of Calico in a tier of its own',
      CALICO,
      { [CALICO_NP]: [], [CALICO_GNP]: [{ tier: 'security' }] },
    ],
    ['an admin policy of the same number', OTHER, { [ADMIN]: [{ priority: 0 }] }],
    ['an admin policy beside Cilium', CILIUM, { [CNP]: [], [ADMIN]: [{}] }],
    ['a policy of Cilium in another engine', OTHER, { [ADMIN]: [], [CCNP]: [{ endpointSelector: {} }] }],
  ])('does not outrank %s', async (_, engine, lists) => {
    const rules = {
      ...{ ingress: [{ action: 'Allow', from: [{ namespaces: {} }], fromEntities: ['all'] }] },
      subject: { namespaces: {} },
    };
    const filled = Object.fromEntries(
      Object.entries(lists).map(([kind, specs]) => [
        kind,
        specs.map((spec) => adminPolicy('allow', { ...rules, ...spec })),
      ]),
    );
    const choice = await chosen(engine, filled);
    expect(choice).toMatchObject({ kind: 'none' });
    expect(kindsOf(choice)).toEqual(['networkpolicy']);
    expect(choice.kind === 'none' ? choice.next : '').toContain('from its node');
  });

  test('is not sure of an admin policy that may hand traffic on before it is asked', async () => {
    const pass = (priority: number, more: object = {}) =>
      adminPolicy('pass', { priority, ingress: [{ action: 'Pass', from: [{ namespaces: {} }] }], ...more });
    const beside = async (...policies: readonly object[]) =>
      (await chosen(OTHER, { [NET]: [everything], [ADMIN]: policies })).kind;
    expect(await beside(pass(0))).toBe('none');
    expect(await beside(pass(1))).toBe('outranking');
    expect(await beside(pass(0, { subject: { namespaces: { matchLabels: { team: 'red' } } } }))).toBe(
      'outranking',
    );
    expect(await beside(adminPolicy('deny', { priority: 0, ingress: [{ action: 'Deny' }] }))).toBe(
      'outranking',
    );
  });

  test('outranks an admin policy of a higher number, and one of Calico in the tier of all', async () => {
    const allow = { ingress: [{ action: 'Allow', from: [{ namespaces: {} }] }] };
    expect(await chosen(OTHER, { [ADMIN]: [adminPolicy('allow', allow)] })).toMatchObject({
      kind: 'outranking',
    });
    expect(await chosen(CALICO, { [ADMIN]: [], [CALICO_GNP]: [calicoPolicy('allow', allow)] })).toMatchObject(
      { kind: 'outranking', by: 'adminnetworkpolicy' },
    );
    expect(
      await chosen(CILIUM, {
        [CNP]: [],
        [CCNP]: [ciliumPolicy('allow', { endpointSelector: {}, ingress: [{ fromEntities: ['all'] }] })],
      }),
    ).toMatchObject({ kind: 'outranking', by: 'ciliumnetworkpolicy' });
  });
});

describe('where nothing outranks', () => {
  const why = async (...asked: Parameters<typeof chosen>) => {
    const choice = await chosen(...asked);
    return choice.kind === 'none' ? `${choice.why} ${choice.next}` : choice.kind;
  };

  test('says why, what lets something through, and what to do next', async () => {
    expect(await why(OTHER, { [NET]: [everything] })).toBe(
      'No kind of policy that outranks NetworkPolicy/open is installed and carried out here. With `--from-node` it is cut off in its own network namespace, from its node; or cordon the node and take what you need from there.',
    );
    expect((await chosen(OTHER, { [NET]: [everything] })).risks).toEqual([
      'NetworkPolicy/open allows traffic to it and from it, which no NetworkPolicy can take back.',
    ]);
    expect(
      await why(OTHER, {
        [NET]: [outward],
        [ADMIN]: [adminPolicy('x', { priority: 0, egress: [{ action: 'Allow' }] })],
      }),
    ).toMatch(
      /^No deny that is installed here is sure to outrank all of NetworkPolicy\/outward and AdminNetworkPolicy\/x\./,
    );
  });

  test('tells what could not be looked at from what is not there', async () => {
    const lists = { [NET]: [everything], [ADMIN]: 'not-allowed', [CLUSTER]: 'not-allowed' } as const;
    expect(await why(OTHER, lists)).toMatch(
      /^Nothing that outranks NetworkPolicy\/open was found; whether ClusterNetworkPolicy and AdminNetworkPolicy is installed could not be looked at\./,
    );
  });

  test('outranks nothing unless a listing can show whom the deny would be about', async () => {
    const lists = { [NET]: [everything], [ADMIN]: [], pods: 'not-allowed' } as const;
    expect(await why(OTHER, lists)).toMatch(/^Firebreak may not list the pods of payments/);
  });

  test('says that a policy may let something through where its selector is not understood', async () => {
    const odd = calicoPolicy('odd', { selector: 'app ~ x', ingress: [{ action: 'Allow' }] });
    expect((await chosen(OTHER, { [CALICO_GNP]: [odd] })).risks).toEqual([
      'Calico GlobalNetworkPolicy/odd may select it and allow traffic to it, which no NetworkPolicy can take back.',
    ]);
  });

  test('makes no policy for a pod in the network of its node', async () => {
    const choice = await chosen(CILIUM, { [CNP]: [] }, { spec: { hostNetwork: true } });
    expect(choice).toMatchObject({
      kind: 'none',
      why: 'It uses the network of its node, where no policy for pods holds it.',
    });
    expect(kindsOf(choice)).toEqual([]);
  });
});

describe('the label of a run', () => {
  const pod = (name: string, uid: string, run: string) => ({
    metadata: { name, uid, labels: { [LABEL]: run } },
  });

  test('on a pod before the run set it is refused: the deny would be about that pod', async () => {
    const pods = [pod('decoy', 'd', RUN), pod('other', 'o', 'FB-2026-0001-1')];
    const choice = await chosen(OTHER, { pods });
    expect(() => choice.policies({ run: RUN })).toThrow(
      'The label firebreak.dev/isolated-by=FB-2026-0007-3 is already on pod/decoy in payments, before this run set it; nothing was planned.',
    );
    expect(choice.policies({ run: 'FB-2026-0007-4' })).toHaveLength(1);
  });

  test('is listed in the namespace of the pod alone', async () => {
    const { reader, asked } = sceneReader({ lists: { pods: [pod('x', 'u', RUN)] } });
    const of = { namespace: NAMESPACE, label: LABEL };
    expect(await carriersOf(reader, { ...of, run: RUN }, signal)).toEqual([
      { name: 'x', uid: 'u', run: RUN },
    ]);
    await carriersOf(reader, of, signal);
    expect(asked).toEqual([`list pods. payments ${LABEL}=${RUN}`, `list pods. payments ${LABEL}`]);
    expect(await carriersOf(sceneReader({ lists: { pods: 'not-allowed' } }).reader, of, signal)).toBe(
      'could not look',
    );
  });

  test('is this pod’s alone, nobody’s, or another’s', () => {
    const carrier = (uid: string) => ({ name: 'x', uid, run: RUN });
    expect(onlyCarrier([], 'u')).toBe('nobody');
    expect(onlyCarrier([carrier('u')], 'u')).toBe('this pod');
    expect(onlyCarrier([carrier('u'), carrier('v')], 'u')).toBe('others');
    expect(onlyCarrier([carrier('v')], 'u')).toBe('others');
  });
});

test('each kind of deny has a golden file with its source', () => {
  for (const kind of DENY_KINDS) expect(golden(kind)).toBeTypeOf('object');
});
