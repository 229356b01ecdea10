import { describe, expect, test } from 'vitest';
import { budgetSentences } from '../../src/verbs/isolate/look/budgets.ts';
import { controllerOf } from '../../src/verbs/isolate/look/controller.ts';
import { detachChoice } from '../../src/verbs/isolate/look/detach-choice.ts';
import { gitopsSentences } from '../../src/verbs/isolate/look/gitops.ts';
import { mayUndoSentences } from '../../src/verbs/isolate/look/may-undo.ts';
import { networkOf } from '../../src/verbs/isolate/look/network.ts';
import { replacementSentences } from '../../src/verbs/isolate/look/replacement.ts';
import { serviceSentences, servicesOf } from '../../src/verbs/isolate/look/services.ts';
import { boundToOne } from '../../src/verbs/isolate/look/volumes.ts';
import {
  type LookScene,
  rawPod,
  type ScenePod,
  scenePod,
  sceneReader,
  signal,
} from './isolate-look-scene.ts';

const LABELS = { app: 'checkout', 'pod-template-hash': '5d' };

const workload = (more: {
  readonly selector?: unknown;
  readonly owner?: string;
  readonly labels?: object;
  readonly annotations?: object;
  readonly status?: object;
  readonly replicas?: number;
}) => {
  const [kind = '', name = ''] = more.owner?.split('/') ?? [];
  return {
    metadata: {
      ...{ name: 'any', labels: more.labels ?? {}, annotations: more.annotations ?? {} },
      ownerReferences:
        more.owner === undefined
          ? []
          : [{ apiVersion: 'apps/v1', kind, name, uid: 'above', controller: true }],
    },
    spec: { selector: more.selector, ...(more.replicas === undefined ? {} : { replicas: more.replicas }) },
    status: more.status ?? {},
  };
};

const controllerIn = async (gets: NonNullable<LookScene['gets']>, pod: ScenePod) =>
  await controllerOf(sceneReader({ gets }).reader, scenePod({ labels: LABELS, ...pod }), signal);

describe('who controls a pod', () => {
  test('is found upwards, with what it knows its pods by', async () => {
    const gets = {
      'replicasets/checkout-5d': workload({
        selector: { matchLabels: LABELS },
        ...{ owner: 'Deployment/checkout', replicas: 3, status: { readyReplicas: 2 } },
      }),
      'deployments/checkout': workload({ labels: { team: 'red' } }),
    };
    expect(await controllerIn(gets, { controller: 'ReplicaSet/checkout-5d' })).toMatchObject({
      kind: 'known',
      controller: {
        ...{ kind: 'ReplicaSet', name: 'checkout-5d', ready: 2, wanted: 3 },
        selector: { matchLabels: LABELS, matchExpressions: [] },
      },
      above: [{ kind: 'Deployment', name: 'checkout', labels: { team: 'red' } }],
    });
  });

  test('is counted by what a DaemonSet says of itself, and a ReplicationController selects by a map', async () => {
    const daemon = workload({ status: { numberReady: 4, desiredNumberScheduled: 5 } });
    const found = await controllerIn({ 'daemonsets/agent': daemon }, { controller: 'DaemonSet/agent' });
    expect(found).toMatchObject({ controller: { ready: 4, wanted: 5 } });
    const old = { 'replicationcontrollers/old': workload({ selector: { app: 'checkout' } }) };
    expect(await controllerIn(old, { controller: 'ReplicationController/old' })).toMatchObject({
      controller: { selector: { matchLabels: { app: 'checkout' } } },
    });
  });

  test('is nobody, the kubelet, or not known', async () => {
    expect(await controllerIn({}, {})).toEqual({ kind: 'none' });
    const annotations = { 'kubernetes.io/config.mirror': 'hash' };
    expect(await controllerIn({}, { annotations, controller: 'Node/node-a' })).toEqual({ kind: 'static' });
    for (const controller of ['CloneSet/x', 'ReplicaSet/gone'])
      expect(await controllerIn({}, { controller })).toEqual({ kind: 'unknown', name: controller });
    const hidden = { 'replicasets/x': 'not-allowed' } as const;
    expect(await controllerIn(hidden, { controller: 'ReplicaSet/x' })).toMatchObject({ kind: 'unknown' });
    const failing = { 'replicasets/x': 'cluster-timeout' } as const;
    await expect(controllerIn(failing, { controller: 'ReplicaSet/x' })).rejects.toMatchObject({
      code: 'cluster-timeout',
    });
  });
});

describe('whether the pod is detached', () => {
  const choice = async (pod: ScenePod, scene: LookScene = {}) => {
    const { reader } = sceneReader(scene);
    const labelled = { labels: LABELS, ...pod };
    const bare = scenePod(labelled);
    return detachChoice(
      bare,
      await controllerOf(reader, bare, signal),
      await boundToOne(reader, rawPod(labelled), signal),
      await servicesOf(reader, bare, signal),
    );
  };
  const gets = (resource: string, more: LookScene['gets'] = {}): NonNullable<LookScene['gets']> => ({
    [`${resource}/x`]: workload({ selector: { matchLabels: LABELS } }),
    ...more,
  });
  const claim = (...accessModes: readonly string[]) => ({
    'persistentvolumeclaims/data': { spec: { accessModes } },
  });
  const volumes = [
    { name: 'data', persistentVolumeClaim: { claimName: 'data' } },
    { name: 'tmp', emptyDir: {} },
  ];
  const port = { containers: [{ name: 'app', ports: [{ containerPort: 80, hostPort: 8080 }] }] };

  test.each([
    ['a ReplicaSet', 'detach', 'ReplicaSet/x', {}, 'replicasets', {}],
    [
      'a ReplicaSet with a shared volume',
      'detach',
      'ReplicaSet/x',
      { volumes },
      'replicasets',
      claim('ReadWriteMany'),
    ],
    [
      'a ReplicaSet with a volume of its own',
      'keep',
      'ReplicaSet/x',
      { volumes },
      'replicasets',
      claim('ReadWriteOnce'),
    ],
    [
      'one with a volume of one pod',
      'keep',
      'ReplicaSet/x',
      { volumes },
      'replicasets',
      claim('ReadOnlyMany', 'ReadWriteOncePod'),
    ],
    [
      'one whose volume may not be read',
      'keep',
      'ReplicaSet/x',
      { volumes },
      'replicasets',
      { 'persistentvolumeclaims/data': 'not-allowed' },
    ],
    ['one with a port of its node', 'keep', 'ReplicaSet/x', port, 'replicasets', {}],
    ['a StatefulSet', 'keep', 'StatefulSet/x', {}, 'statefulsets', {}],
    ['a DaemonSet', 'keep', 'DaemonSet/x', {}, 'daemonsets', {}],
    ['a Job', 'keep', 'Job/x', {}, 'jobs', {}],
    ['a ReplicationController', 'detach', 'ReplicationController/x', {}, 'replicationcontrollers', {}],
    ['a controller that is not known', 'keep', 'CloneSet/x', {}, 'clonesets', {}],
    ['nobody', 'keep', undefined, {}, 'replicasets', {}],
  ] as const)('of %s by default: %s', async (_, byDefault, controller, spec, resource, more) => {
    const pod = {
      spec: { containers: [{ name: 'app' }], ...spec },
      ...(controller === undefined ? {} : { controller }),
    };
    const asked = gets(resource, more);
    const map = { 'replicationcontrollers/x': workload({ selector: LABELS }) };
    const chosen = await choice(pod, { gets: resource === 'replicationcontrollers' ? map : asked });
    expect(chosen.byDefault).toBe(byDefault);
    expect(chosen.why).toMatch(
      byDefault === 'keep' ? /^It keeps its labels: .*\.$/ : /^It is detached .*\.$/,
    );
  });

  test('of a static pod is never, whatever its labels', async () => {
    const chosen = await choice({ annotations: { 'kubernetes.io/config.mirror': 'x' } });
    expect(chosen).toMatchObject({ byDefault: 'keep', detach: { kind: 'impossible' } });
  });

  test('takes away the fewest labels by which controller and Services select it', async () => {
    const service = (name: string, selector: object) => ({ metadata: { name }, spec: { selector } });
    const services = [
      service('a', { app: 'checkout' }),
      service('none', {}),
      service('other', { app: 'ledger' }),
    ];
    const chosen = await choice(
      { controller: 'ReplicaSet/x' },
      { gets: gets('replicasets'), lists: { services } },
    );
    expect(chosen.detach).toEqual({
      kind: 'possible',
      keys: ['app'],
      fields: [{ path: ['metadata', 'labels', 'app'], value: null }],
    });
    const alone = await choice({ controller: 'StatefulSet/x' }, { gets: gets('statefulsets') });
    expect(alone.detach).toMatchObject({ kind: 'possible', keys: ['app'] });
    const bare = await choice({}, { lists: { services } });
    expect(bare).toMatchObject({ byDefault: 'keep', detach: { kind: 'possible', keys: ['app'] } });
  });

  test('is refused with the reason where it can’t be done', async () => {
    const why = async (...asked: Parameters<typeof choice>) => {
      const { byDefault, detach } = await choice(...asked);
      return `${byDefault} ${detach.kind === 'impossible' ? detach.why : 'possible'}`;
    };
    expect(await why({})).toBe('keep It can’t be detached: neither a controller nor a Service selects it.');
    const all = { 'replicasets/x': workload({ selector: {} }) };
    expect(await why({ controller: 'ReplicaSet/x' }, { gets: all })).toBe(
      'keep It can’t be detached: ReplicaSet/x would select it whichever of its labels went.',
    );
    const unread = { gets: gets('replicasets'), lists: { services: 'not-allowed' } } as const;
    expect(await why({ controller: 'ReplicaSet/x' }, unread)).toBe(
      'keep It can’t be detached: Firebreak may not list the Services that select it.',
    );
    const blind = { gets: { 'statefulsets/x': workload({}) } };
    expect(await why({ controller: 'StatefulSet/x' }, blind)).toBe(
      'keep It can’t be detached: by which labels StatefulSet/x knows its pods is not known here.',
    );
    expect(await why({ controller: 'CloneSet/x' })).toBe(
      'keep It can’t be detached: by which labels CloneSet/x knows its pods is not known here.',
    );
  });
});

describe('the Services that send traffic to it', () => {
  const service = (name: string) => ({ metadata: { name }, spec: { selector: { app: 'checkout' } } });
  const endpoint = (uid: string, ready?: boolean) => ({
    addresses: [uid],
    ...(ready === undefined ? {} : { conditions: { ready } }),
    targetRef: { kind: 'Pod', uid },
  });
  const slice = (of: string, ...endpoints: readonly object[]) => ({
    metadata: { labels: { 'kubernetes.io/service-name': of } },
    endpoints,
  });
  const sentences = async (mode: 'detach' | 'keep', lists: NonNullable<LookScene['lists']>) =>
    serviceSentences(
      await servicesOf(sceneReader({ lists }).reader, scenePod({ labels: LABELS }), signal),
      mode,
    );

  test('are told with what is left of them, counted once for each pod', async () => {
    const lists = {
      services: [service('checkout'), service('lonely')],
      'endpointslices.discovery.k8s.io': [
        slice('checkout', endpoint('u', true), endpoint('v', true), endpoint('w', false), endpoint('y')),
        slice('checkout', endpoint('v', true)),
        slice('lonely', endpoint('u', true)),
        { metadata: { labels: { 'kubernetes.io/service-name': 'checkout' } }, endpoints: null },
      ],
    };
    expect(await sentences('detach', lists)).toEqual([
      'Service/checkout loses this endpoint.',
      'Service/checkout has 2 ready endpoints beside it.',
      'Service/lonely loses this endpoint.',
      'No endpoint of Service/lonely is ready beside it: nobody else answers there.',
    ]);
    expect((await sentences('keep', lists))[0]).toBe(
      'Service/checkout goes on sending traffic to it while its readiness probe passes, and nobody answers that.',
    );
  });

  test('that could not be looked at are told too', async () => {
    expect(await sentences('keep', { services: 'not-allowed' })).toEqual([
      'Not looked at, since Firebreak may not list them: which Services send traffic to it.',
    ]);
    const slices = {
      services: [service('checkout')],
      'endpointslices.discovery.k8s.io': 'not-allowed',
    } as const;
    expect((await sentences('detach', slices))[1]).toBe(
      'How many endpoints of Service/checkout are ready beside it was not looked at, since Firebreak may not list them.',
    );
  });
});

describe('who starts another pod', () => {
  const replicaSet = {
    'replicasets/x': workload({
      selector: { matchLabels: LABELS },
      replicas: 3,
      status: { readyReplicas: 2 },
    }),
  };
  test('is told with the hole that it has too, and how many are left', async () => {
    const look = await controllerIn(replicaSet, { controller: 'ReplicaSet/x' });
    expect(replacementSentences(look, { ready: 'yes' }, 'detach')).toEqual([
      'A pod that is started in its place has the same image, and so the same hole.',
      'Ready pods of ReplicaSet/x beside it: 1 of 3.',
    ]);
    expect(replacementSentences(look, { ready: 'no' }, 'keep')).toEqual([
      'ReplicaSet/x starts no other pod in its place while it keeps its labels.',
      'Ready pods of ReplicaSet/x beside it: 2 of 3.',
    ]);
    expect(replacementSentences({ kind: 'none' }, { ready: 'yes' }, 'keep')).toEqual([]);
  });
});

describe('budgets that count it', () => {
  const budget = (name: string, selector: unknown, disruptionsAllowed?: number) => ({
    metadata: { name },
    spec: { selector },
    ...(disruptionsAllowed === undefined ? {} : { status: { disruptionsAllowed } }),
  });
  const said = (...budgets: readonly object[]) =>
    budgetSentences(
      sceneReader({ lists: { 'poddisruptionbudgets.policy': budgets } }).reader,
      scenePod({ labels: LABELS }),
      signal,
    );

  test('are told with what they allow; two of them block every eviction', async () => {
    const own = { matchLabels: { app: 'checkout' } };
    expect(await said(budget('own', own, 1))).toEqual([
      'PodDisruptionBudget/own counts it; it allows one eviction now.',
    ]);
    expect(await said(budget('own', own, 0), budget('all', {}, 2))).toEqual([
      'PodDisruptionBudget/own counts it; it allows no eviction now.',
      'PodDisruptionBudget/all counts it; it allows 2 evictions now.',
      'More than one of them counts it, so that no eviction of it succeeds.',
    ]);
    const other = { matchLabels: { app: 'ledger' } };
    expect(await said(budget('other', other), budget('none', undefined), budget('null', null))).toEqual([]);
    expect(await said(budget('new', own))).toEqual(['PodDisruptionBudget/new counts it.']);
  });

  test('that may not be listed are told', async () => {
    const { reader } = sceneReader({ lists: { 'poddisruptionbudgets.policy': 'not-allowed' } });
    expect(await budgetSentences(reader, scenePod(), signal)).toEqual([
      'Not looked at, since Firebreak may not list them: which PodDisruptionBudgets count it.',
    ]);
  });
});

describe('what keeps it as a repository says', () => {
  const said = async (
    marks: { readonly labels?: object; readonly annotations?: object },
    pod: ScenePod = {},
  ) => {
    const gets = {
      'replicasets/x': workload({ owner: 'Deployment/checkout', ...marks }),
      'deployments/checkout': workload(marks),
    };
    const whole = { labels: LABELS, controller: 'ReplicaSet/x', ...pod };
    return gitopsSentences(scenePod(whole), await controllerIn(gets, whole));
  };

  test.each([
    [
      { annotations: { 'argocd.argoproj.io/tracking-id': 'a:apps/Deployment:x/y' } },
      /^Argo CD keeps Deployment\/checkout as/,
    ],
    [{ labels: { 'argocd.argoproj.io/instance': 'a' } }, /^Argo CD keeps Deployment\/checkout as/],
    [{ labels: { 'kustomize.toolkit.fluxcd.io/name': 'a' } }, /^Flux keeps Deployment\/checkout as/],
    [
      { labels: { 'helm.toolkit.fluxcd.io/name': 'a' }, annotations: { 'meta.helm.sh/release-name': 'a' } },
      /^Flux keeps/,
    ],
    [
      { annotations: { 'meta.helm.sh/release-name': 'a' } },
      /^Helm installed Deployment\/checkout: its next upgrade/,
    ],
  ])('is told by its marks: %j', async (marks, sentence) => {
    expect(await said(marks)).toEqual([expect.stringMatching(sentence)]);
    expect(await said({})).toEqual([]);
  });

  test('is said of the pod itself where nothing controls it', async () => {
    const labels = { 'argocd.argoproj.io/instance': 'a' };
    expect(gitopsSentences(scenePod({ labels }), { kind: 'none' })).toEqual([
      'Argo CD keeps this pod as its repository says, and may take the label away again.',
    ]);
    const annotations = { 'meta.helm.sh/release-name': 'a' };
    expect(gitopsSentences(scenePod({ annotations }), { kind: 'none' })).toEqual([
      'Helm installed this pod: its next upgrade may take the label away.',
    ]);
    expect(await said({}, { labels: { ...LABELS, ...labels } })).toEqual([
      'By the marks of the pod Argo CD may roll out other pods at any time.',
    ]);
  });
});

describe('whether its own account may undo it', () => {
  const said = async (account: LookScene['account']) => {
    const { reader, users } = sceneReader(account === undefined ? {} : { account });
    return { sentences: await mayUndoSentences(reader, scenePod(), signal), users };
  };

  test('is asked of the account as its token is, in its own namespace', async () => {
    const { sentences, users } = await said(['patch pods', 'delete networkpolicies.networking.k8s.io']);
    expect(sentences).toEqual([
      'Its service account checkout may patch pods and delete networkpolicies.networking.k8s.io in payments: whoever has its token elsewhere, a sibling of this pod too, can undo the isolation.',
    ]);
    expect([...new Set(users)]).toEqual([
      'system:serviceaccount:payments:checkout system:serviceaccounts,system:serviceaccounts:payments,system:authenticated in payments',
    ]);
    expect((await said([])).sentences).toEqual([]);
  });

  test('that can’t be asked is said, and is no failure', async () => {
    for (const code of ['not-allowed', 'not-found'] as const)
      expect((await said(code)).sentences).toEqual([
        'Whether its service account checkout may undo the isolation could not be asked, since Firebreak lacks create subjectaccessreviews.authorization.k8s.io.',
      ]);
    await expect(said('cluster-timeout')).rejects.toMatchObject({ code: 'cluster-timeout' });
  });
});

test('the network of a pod is its own, its node’s, not there yet, or ended', () => {
  const of = (pod: ScenePod) => networkOf(rawPod(pod));
  expect(of({})).toBe('own');
  expect(of({ spec: { hostNetwork: true } })).toBe('of the node');
  expect(of({ status: { podIP: '', phase: 'Pending' } })).toBe('none yet');
  expect(of({ status: { phase: 'Succeeded' }, spec: { hostNetwork: true } })).toBe('ended');
  expect(of({ status: { phase: 'Failed', podIP: '' } })).toBe('ended');
});
