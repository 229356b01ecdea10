import { describe, expect, test } from 'vitest';
import { openingsOf, selectingPolicies } from '../../src/verbs/isolate/look/selecting-policies.ts';
import {
  adminPolicy,
  calicoPolicy,
  ciliumPolicy,
  LABEL,
  type LookScene,
  NAMESPACE,
  networkPolicy,
  RUN,
  scenePod,
  sceneReader,
  signal,
} from './isolate-look-scene.ts';

const LABELS = { app: 'checkout', tier: 'web' };

const seen = async (lists: NonNullable<LookScene['lists']>, gets: NonNullable<LookScene['gets']> = {}) =>
  await selectingPolicies(sceneReader({ lists, gets }).reader, scenePod({ labels: LABELS }), LABEL, signal);

/** `selects`, then in which directions the one policy allows anything; `selects no` where it is left out. */
const found = async (...asked: Parameters<typeof seen>) => {
  const { policies } = await seen(...asked);
  return policies.map(({ name, before, after, allows }) =>
    `${name}: ${before} ${after} ${allows.join()}`.trim(),
  );
};

const expression = (key: string, operator: string, values?: readonly string[]) => ({
  matchExpressions: [{ key, operator, ...(values === undefined ? {} : { values }) }],
});
const both = { ingress: [{}], egress: [{}], policyTypes: ['Ingress', 'Egress'] };

describe('a NetworkPolicy', () => {
  const one = (spec: object) => found({ 'networkpolicies.networking.k8s.io': [networkPolicy('one', spec)] });

  test.each([
    ['an empty selector', {}, 'yes yes'],
    ['labels', { matchLabels: { app: 'checkout' } }, 'yes yes'],
    ['other labels', { matchLabels: { app: 'ledger' } }, undefined],
    ['In', expression('tier', 'In', ['web']), 'yes yes'],
    ['NotIn another value', expression('tier', 'NotIn', ['db']), 'yes yes'],
    ['NotIn its value', expression('tier', 'NotIn', ['web']), undefined],
    ['NotIn of a label that it lacks', expression('zone', 'NotIn', ['a']), 'yes yes'],
    ['NotIn another run', expression(LABEL, 'NotIn', [RUN]), 'yes yes'],
    ['DoesNotExist of a label that it lacks', expression('zone', 'DoesNotExist'), 'yes yes'],
    ['DoesNotExist of the run’s label, until it has it', expression(LABEL, 'DoesNotExist'), 'yes no'],
    ['Exists of the run’s label, once it has it', expression(LABEL, 'Exists'), 'no yes'],
    [
      'labels and an expression that does not hold',
      { matchLabels: { app: 'checkout' }, ...expression('zone', 'Exists') },
      undefined,
    ],
  ])('selects by %s', async (_, podSelector, selects) => {
    expect(await one({ podSelector, ...both })).toEqual(
      selects === undefined ? [] : [`one: ${selects} ingress,egress`],
    );
  });

  test.each([
    ['all by a rule without peers', { ingress: [{}] }, 'ingress'],
    ['nothing without rules', { policyTypes: ['Ingress', 'Egress'] }, ''],
    ['nothing by an empty list', { ingress: [], policyTypes: ['Ingress'] }, ''],
    ['egress by rules, though no types are named', { egress: [{ to: [] }] }, 'egress'],
    ['what its types name', { ...both, policyTypes: ['Egress'] }, 'egress'],
    ['in both directions', both, 'ingress,egress'],
  ])('allows %s', async (_, spec, allows) => {
    expect(await one({ podSelector: {}, ...spec })).toEqual([`one: yes yes ${allows}`.trim()]);
  });

  test('of another namespace is not asked for', async () => {
    const { reader, asked } = sceneReader();
    await selectingPolicies(reader, scenePod(), LABEL, signal);
    expect(asked).toContain(`list networkpolicies.networking.k8s.io ${NAMESPACE}`);
    expect(asked).toContain('list adminnetworkpolicies.policy.networking.k8s.io everywhere');
    expect(asked).toContain(`list networkpolicies.crd.projectcalico.org ${NAMESPACE}`);
    expect(asked).toContain('list globalnetworkpolicies.crd.projectcalico.org everywhere');
    expect(asked.toSorted()).toEqual([...new Set(asked)].toSorted());
  });

  test('of another namespace does not select it, should it be listed', async () => {
    const policy = { metadata: { name: 'other', namespace: 'lab' }, spec: { podSelector: {}, ...both } };
    expect(await found({ 'networkpolicies.networking.k8s.io': [policy] })).toEqual([]);
  });

  test('is about ingress alone unless egress is named or has rules', async () => {
    const about = async (spec: object) => {
      const policies = [networkPolicy('one', { podSelector: {}, ...spec })];
      const [policy] = (await seen({ 'networkpolicies.networking.k8s.io': policies })).policies;
      return policy?.appliesTo;
    };
    expect(await about({})).toEqual(['ingress']);
    expect(await about({ egress: [] })).toEqual(['ingress']);
    expect(await about({ egress: [{}] })).toEqual(['ingress', 'egress']);
    expect(await about({ policyTypes: ['Egress'] })).toEqual(['egress']);
  });

  test('in a form that is not known may select it and allow everything', async () => {
    expect(
      await one({ podSelector: { matchExpressions: [{ key: 'a', operator: 'Gt', values: ['1'] }] } }),
    ).toEqual(['one: may may ingress,egress']);
    expect(await one({ podSelector: 'all' })).toEqual(['one: may may ingress,egress']);
  });
});

describe('an admin policy', () => {
  const ADMIN = 'adminnetworkpolicies.policy.networking.k8s.io';
  const allow = { ingress: [{ action: 'Allow', from: [{ namespaces: {} }] }] };
  const namespace = { 'namespaces/payments': { metadata: { labels: { team: 'blue' } } } };
  const pods = (namespaceSelector: object, podSelector: object) => ({
    subject: { pods: { namespaceSelector, podSelector } },
  });
  const own = { matchLabels: { 'kubernetes.io/metadata.name': NAMESPACE } };

  test('selects by the labels of the namespace and of the pod', async () => {
    const policies = [
      adminPolicy('everywhere', allow),
      adminPolicy('here', { ...allow, subject: { namespaces: own } }),
      adminPolicy('elsewhere', { ...allow, subject: { namespaces: expression('team', 'In', ['red']) } }),
      adminPolicy('pods', { ...allow, ...pods(own, { matchLabels: { tier: 'web' } }) }),
      adminPolicy('other-pods', { ...allow, ...pods(own, { matchLabels: { tier: 'db' } }) }),
      adminPolicy('run', { ...allow, ...pods({}, expression(LABEL, 'Exists')) }),
    ];
    expect(await found({ [ADMIN]: policies }, namespace)).toEqual([
      'everywhere: yes yes ingress',
      'here: yes yes ingress',
      'pods: yes yes ingress',
      'run: no yes ingress',
    ]);
  });

  test('may select by labels of a namespace that may not be read, and surely by its name', async () => {
    const policies = [
      adminPolicy('here', { ...allow, subject: { namespaces: own } }),
      adminPolicy('team', { ...allow, subject: { namespaces: { matchLabels: { team: 'red' } } } }),
      adminPolicy('other', {
        ...allow,
        subject: { namespaces: { matchLabels: { 'kubernetes.io/metadata.name': 'lab' } } },
      }),
    ];
    expect(await found({ [ADMIN]: policies }, { 'namespaces/payments': 'not-allowed' })).toEqual([
      'here: yes yes ingress',
      'team: may may ingress',
    ]);
  });

  test('opens what it allows, not what it denies or passes on, and nothing from the baseline', async () => {
    const rule = (action: string) => ({ egress: [{ action, to: [{ namespaces: {} }] }] });
    const cluster = 'clusternetworkpolicies.policy.networking.k8s.io';
    const lists = {
      [ADMIN]: [
        adminPolicy('deny', rule('Deny')),
        adminPolicy('pass', rule('Pass')),
        adminPolicy('allow', rule('Allow')),
      ],
      'baselineadminnetworkpolicies.policy.networking.k8s.io': [adminPolicy('default', rule('Allow'))],
      [cluster]: [
        adminPolicy('accept', { tier: 'Admin', ...rule('Accept') }),
        adminPolicy('baseline', { tier: 'Baseline', ...rule('Accept') }),
      ],
    };
    const all = await seen(lists);
    expect(all.policies).toHaveLength(6);
    expect(openingsOf(all).map(({ kind, name }) => `${kind}/${name}`)).toEqual([
      'AdminNetworkPolicy/allow',
      'ClusterNetworkPolicy/accept',
    ]);
  });

  test('with a subject in words of another version may be about it', async () => {
    expect(
      await found({ [ADMIN]: [adminPolicy('old', { ...allow, subject: { namespaceSelector: {} } })] }),
    ).toEqual(['old: may may ingress']);
  });
});

describe('a policy of Cilium', () => {
  const NAMESPACED = 'ciliumnetworkpolicies.cilium.io';
  const WIDE = 'ciliumclusterwidenetworkpolicies.cilium.io';
  const world = { ingress: [{ fromEntities: ['world'] }] };
  const wide = (endpointSelector: object, more: object = world) =>
    found(
      { [WIDE]: [ciliumPolicy('one', { endpointSelector, ...more })] },
      { 'namespaces/payments': { metadata: { labels: { team: 'blue' } } } },
    );

  test.each([
    ['nothing', {}, 'yes yes'],
    ['a label', { matchLabels: { app: 'checkout' } }, 'yes yes'],
    ['a label of Kubernetes', { matchLabels: { 'k8s:app': 'checkout' } }, 'yes yes'],
    ['a label of any source', { matchLabels: { 'any:app': 'ledger' } }, undefined],
    ['its namespace', { matchLabels: { 'k8s:io.kubernetes.pod.namespace': NAMESPACE } }, 'yes yes'],
    ['another namespace', { matchLabels: { 'io.kubernetes.pod.namespace': 'lab' } }, undefined],
    [
      'its service account',
      { matchLabels: { 'io.cilium.k8s.policy.serviceaccount': 'checkout' } },
      'yes yes',
    ],
    [
      'a label of its namespace',
      { matchLabels: { 'io.cilium.k8s.namespace.labels.team': 'blue' } },
      'yes yes',
    ],
    [
      'one that its namespace lacks',
      { matchLabels: { 'io.cilium.k8s.namespace.labels.zone': 'a' } },
      undefined,
    ],
    ['the cluster’s name', { matchLabels: { 'io.cilium.k8s.policy.cluster': 'default' } }, 'may may'],
    ['a label of another source', { matchLabels: { 'container:app': 'x' } }, 'may may'],
    ['the run’s label', expression(LABEL, 'DoesNotExist'), 'yes no'],
  ])('selects by %s', async (_, selector, selects) => {
    expect(await wide(selector)).toEqual(selects === undefined ? [] : [`one: ${selects} ingress`]);
  });

  test('of nodes selects no pod', async () => {
    expect(await found({ [WIDE]: [ciliumPolicy('one', { nodeSelector: {}, ...world })] })).toEqual([]);
  });

  test.each([
    ['nobody by a rule that names nobody', { ingress: [{}], egress: [{}] }, ''],
    ['what a rule names', { egress: [{ toEntities: ['all'] }] }, 'egress'],
    ['nobody by a deny', { ingressDeny: [{ fromEntities: ['all'] }] }, ''],
    ['what a rule names, beside a deny', { ...world, egressDeny: [{ toEntities: ['all'] }] }, 'ingress'],
  ])('allows %s', async (_, rules, allows) => {
    expect(await wide({}, rules)).toEqual([`one: yes yes ${allows}`.trim()]);
  });

  test('can hold several rules, of which one is enough', async () => {
    const policy = {
      metadata: { name: 'one', namespace: NAMESPACE },
      specs: [
        { endpointSelector: { matchLabels: { app: 'ledger' } }, ...world },
        { endpointSelector: { matchLabels: { app: 'checkout' } }, egress: [{}] },
      ],
    };
    expect(await found({ [NAMESPACED]: [policy] })).toEqual(['one: yes yes ingress']);
  });
});

describe('a policy of Calico', () => {
  const NAMESPACED = 'networkpolicies.crd.projectcalico.org';
  const GLOBAL = 'globalnetworkpolicies.crd.projectcalico.org';
  const allow = { ingress: [{ action: 'Allow' }] };
  const namespace = { 'namespaces/payments': { metadata: { labels: { team: 'blue' } } } };
  const global = (spec: object, gets: NonNullable<LookScene['gets']> = namespace) =>
    found({ [GLOBAL]: [calicoPolicy('one', { ...allow, ...spec })] }, gets);

  test.each([
    ['nothing', {}, 'yes yes'],
    ['all()', { selector: 'all()' }, 'yes yes'],
    ['a label', { selector: "app == 'ledger'" }, undefined],
    ['the run’s label', { selector: `!has(${LABEL})` }, 'yes no'],
    ['its namespace', { selector: "projectcalico.org/namespace == 'payments'" }, 'yes yes'],
    ['another namespace', { selector: "projectcalico.org/namespace == 'lab'" }, undefined],
    ['a label of its namespace', { selector: "pcns.team == 'blue'" }, 'yes yes'],
    ['a selector for namespaces', { namespaceSelector: "team == 'red'" }, undefined],
    ['the name of its namespace', { namespaceSelector: "projectcalico.org/name == 'payments'" }, 'yes yes'],
    ['what no namespace is', { namespaceSelector: 'global()' }, undefined],
    ['a label of its account', { selector: "pcsa.role == 'x'" }, 'may may'],
    ['a selector for accounts', { serviceAccountSelector: "role == 'x'" }, 'may may'],
    ['another account by name', { serviceAccountSelector: "projectcalico.org/name == 'x'" }, undefined],
    ['what is not understood', { selector: 'app ~ x' }, 'may may'],
  ])('selects by %s', async (_, spec, selects) => {
    expect(await global(spec)).toEqual(selects === undefined ? [] : [`one: ${selects} ingress`]);
  });

  test('may select by labels of a namespace that may not be read', async () => {
    const unread = { 'namespaces/payments': 'not-allowed' } as const;
    expect(await global({ selector: "pcns.team == 'red'" }, unread)).toEqual(['one: may may ingress']);
    expect(await global({ namespaceSelector: "team == 'red'" }, unread)).toEqual(['one: may may ingress']);
  });

  test.each([
    ['ingress where it has no rules at all', { ingress: [] }, ''],
    [
      'egress alone where it has rules for that alone',
      { ingress: [], egress: [{ action: 'Allow' }] },
      'egress',
    ],
    ['what its types name', { types: ['Egress'] }, ''],
    ['nothing by a deny or a pass', { ingress: [{ action: 'Deny' }, { action: 'Pass' }] }, ''],
    ['what one rule allows', { ingress: [{ action: 'Deny' }, { action: 'Allow' }] }, 'ingress'],
  ])('is about %s', async (_, spec, allows) => {
    expect(await global(spec)).toEqual([`one: yes yes ${allows}`.trim()]);
  });

  test.each([
    [{}, ['ingress']],
    [{ egress: [{ action: 'Deny' }] }, ['egress']],
    [{ ingress: [{ action: 'Deny' }], egress: [{ action: 'Deny' }] }, ['ingress', 'egress']],
    [{ types: ['Ingress', 'Egress'] }, ['ingress', 'egress']],
  ])('goes by its types, or else by its rules: %j', async (spec, directions) => {
    const [policy] = (await seen({ [GLOBAL]: [calicoPolicy('one', spec)] }, namespace)).policies;
    expect(policy?.appliesTo).toEqual(directions);
  });

  test('of a namespace is about its own pods', async () => {
    const policy = (name: string, namespaceOf: string) => calicoPolicy(name, allow, namespaceOf);
    expect(await found({ [NAMESPACED]: [policy('own', NAMESPACE), policy('other', 'lab')] })).toEqual([
      'own: yes yes ingress',
    ]);
  });
});

describe('a kind of policy', () => {
  test('that is not installed is not one that nobody could look at', async () => {
    const { kinds } = await seen({
      'adminnetworkpolicies.policy.networking.k8s.io': 'not-allowed',
      'ciliumnetworkpolicies.cilium.io': [],
    });
    expect([...kinds]).toEqual([
      ['NetworkPolicy', 'looked'],
      ['AdminNetworkPolicy', 'could not look'],
      ['BaselineAdminNetworkPolicy', 'not installed'],
      ['ClusterNetworkPolicy', 'not installed'],
      ['CiliumNetworkPolicy', 'looked'],
      ['CiliumClusterwideNetworkPolicy', 'not installed'],
      ['Calico NetworkPolicy', 'not installed'],
      ['Calico GlobalNetworkPolicy', 'not installed'],
    ]);
  });

  test('that can’t be read for another reason ends the look', async () => {
    await expect(seen({ 'networkpolicies.networking.k8s.io': 'cluster-timeout' })).rejects.toMatchObject({
      code: 'cluster-timeout',
    });
    await expect(seen({}, { 'namespaces/payments': 'cluster-timeout' })).rejects.toMatchObject({
      code: 'cluster-timeout',
    });
  });
});
