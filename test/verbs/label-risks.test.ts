import { describe, expect, test } from 'vitest';
import { label } from '../../src/verbs/label.ts';
import { planScene, refusal, type Scene } from './plan-scene.ts';

const risksOf = async (scene: Scene): Promise<readonly string[]> => (await planScene(label, scene)).risks;

const set = (...labels: readonly string[]) => ({ labels });
const named = (name: string, spec: object, uid = name) => ({ metadata: { name, uid }, spec });
const matching = (matchLabels: Readonly<Record<string, string>>) => ({ selector: { matchLabels } });

describe('the risks of labelling a pod name', () => {
  const pod = { kind: 'pod', labels: { app: 'checkout' }, controller: 'rs' } as const;

  test.each([
    {
      what: 'a Service that stops',
      lists: { services: [named('checkout', { selector: { app: 'checkout' } })] },
      risk: 'Service/checkout stops sending traffic to it.',
    },
    {
      what: 'several Services that stop',
      lists: { services: ['a', 'b', 'c'].map((name) => named(name, { selector: { app: 'checkout' } })) },
      risk: 'Service/a, Service/b and Service/c stop sending traffic to it.',
    },
    {
      what: 'a Service that starts',
      lists: { services: [named('quarantine', { selector: { app: 'none' } }), named('all', {})] },
      risk: 'Service/quarantine starts sending traffic to it.',
    },
    {
      what: 'a policy that starts to apply',
      lists: { networkpolicies: [named('deny', { podSelector: { matchLabels: { app: 'none' } } })] },
      risk: 'NetworkPolicy/deny starts to apply to it.',
    },
    {
      what: 'the last policy that applies',
      lists: { networkpolicies: [named('web', { podSelector: { matchLabels: { app: 'checkout' } } })] },
      risk: 'NetworkPolicy/web no longer applies to it, and no other does: all its traffic is allowed then.',
    },
    {
      what: 'a policy that stops while another goes on',
      lists: {
        networkpolicies: [
          named('web', { podSelector: { matchLabels: { app: 'checkout' } } }),
          named('every', { podSelector: {} }),
        ],
      },
      risk: 'NetworkPolicy/web no longer applies to it.',
    },
    {
      what: 'a budget that no longer counts it',
      lists: { poddisruptionbudgets: [named('half', matching({ app: 'checkout' })), named('none', {})] },
      risk: 'PodDisruptionBudget/half no longer counts it: an eviction is not held back by it.',
    },
    {
      what: 'a budget that starts to count it',
      lists: { poddisruptionbudgets: [named('half', matching({ app: 'none' }))] },
      risk: 'PodDisruptionBudget/half starts to count it.',
    },
    {
      what: 'its ReplicaSet, which starts another',
      lists: { replicasets: [named('rs', matching({ app: 'checkout' }))] },
      risk: 'ReplicaSet/rs lets go of it and starts another pod in its place.',
    },
    {
      what: 'its StatefulSet, which can’t',
      lists: { statefulsets: [named('db', matching({ app: 'checkout' }), 'rs')] },
      risk: 'StatefulSet/db lets go of it, and can’t start another of its name while it is there.',
    },
    {
      what: 'its DaemonSet, which starts a second',
      lists: { daemonsets: [named('ds', matching({ app: 'checkout' }), 'rs')] },
      risk: 'DaemonSet/ds lets go of it and starts a second pod on its node.',
    },
    {
      what: 'its Job',
      lists: { jobs: [named('job', matching({ app: 'checkout' }), 'rs')] },
      risk: 'Job/job lets go of it and starts another pod in its place.',
    },
  ])('$what', async ({ lists, risk }) => {
    const scene = { object: pod, arguments: { ...set('app=none'), overwrite: 'yes' }, lists };
    expect(await risksOf(scene)).toEqual([risk, 'Overwrites label app: `checkout` becomes `none`.']);
  });

  test('nobody who selects it before and after, or neither', async () => {
    const lists = {
      services: [
        named('checkout', { selector: { app: 'checkout' } }),
        named('other', { selector: { app: 'x' } }),
      ],
      networkpolicies: [named('every', { podSelector: {} })],
      replicasets: [named('rs', matching({ app: 'checkout' }))],
    };
    expect(await risksOf({ object: pod, lists })).toEqual([]);
  });

  test.each([
    { what: 'a pod that nothing controls', pod: { kind: 'pod', labels: {} } as const, adopts: true },
    {
      what: 'a pod of another controller',
      pod: { kind: 'pod', controller: 'other' } as const,
      adopts: false,
    },
  ])('a ReplicaSet that would adopt $what: $adopts', async ({ pod: object, adopts }) => {
    const lists = { replicasets: [named('rs', matching({ app: 'checkout' }))] };
    expect(await risksOf({ object, arguments: set('app=checkout'), lists })).toEqual(
      adopts ? ['ReplicaSet/rs would adopt it and may delete it.'] : [],
    );
  });

  test('no controller but its own, and none that it had already', async () => {
    const stops = { replicasets: [named('other', matching({ app: 'checkout' }))] };
    const scene = { object: pod, arguments: { ...set('app=none'), overwrite: 'yes' }, lists: stops };
    expect(await risksOf(scene)).toEqual(['Overwrites label app: `checkout` becomes `none`.']);
    const ended = { kind: 'pod', labels: { app: 'checkout' } } as const;
    expect(await risksOf({ object: ended, lists: stops })).toEqual([]);
  });

  test('one that lets go of it and another that takes it in the same change', async () => {
    const lists = {
      replicasets: [
        named('rs', matching({ app: 'checkout' })),
        named('wide', { selector: { matchExpressions: [{ key: 'app', operator: 'Exists' }] } }),
      ],
    };
    const scene = { object: pod, arguments: { ...set('app=none'), overwrite: 'yes' }, lists };
    expect((await risksOf(scene)).slice(0, 2)).toEqual([
      'ReplicaSet/rs lets go of it and starts another pod in its place.',
      'ReplicaSet/wide would adopt it and may delete it.',
    ]);
  });

  test.each([
    ['db-0', true],
    ['db-0-1', false],
    ['x', false],
    ['db-x', false],
  ])('a StatefulSet that would adopt %s by its name: %j', async (name, adopts) => {
    const lists = { statefulsets: [named('db', matching({ app: 'db' }))] };
    const scene = { object: { kind: 'pod', name } as const, arguments: set('app=db'), lists };
    expect(await risksOf(scene)).toHaveLength(adopts ? 1 : 0);
  });

  test('what may not be read, as not looked at; what the cluster does not serve selects nothing', async () => {
    const lists = {
      poddisruptionbudgets: 'not-allowed',
      jobs: 'not-allowed',
      daemonsets: 'not-found',
    } as const;
    expect(await risksOf({ object: pod, lists })).toEqual([
      'Not looked at for what they select, since Firebreak may not list them: PodDisruptionBudgets and Jobs.',
    ]);
  });

  test('nothing where the cluster fails: nothing is planned then', async () => {
    expect(await refusal(label, { object: pod, lists: { services: 'cluster-timeout' } })).toContain(
      'cluster-timeout',
    );
  });

  test('only what is in its own namespace', async () => {
    const { asked } = await planScene(label, { object: pod });
    expect(asked.toSorted()).toEqual(
      [
        'daemonsets',
        'jobs',
        'networkpolicies',
        'poddisruptionbudgets',
        'replicasets',
        'services',
        'statefulsets',
      ].map((resource) => `${resource} v1 payments`),
    );
  });
});

describe('the risks of labelling a node name', () => {
  const workload = (name: string, spec: object) => ({
    metadata: { name, namespace: 'kube-system' },
    spec: { template: { spec } },
  });
  const node = { kind: 'node', labels: { disk: 'ssd' } } as const;

  test('DaemonSets whose pods come or go, and others whose new pods may', async () => {
    const lists = {
      daemonsets: [
        workload('on-ssd', { nodeSelector: { disk: 'ssd' } }),
        workload('on-hdd', { nodeSelector: { disk: 'hdd' } }),
        workload('everywhere', {}),
      ],
      deployments: [workload('web', { nodeSelector: { disk: 'ssd' } })],
      statefulsets: [workload('db', { nodeSelector: { disk: 'hdd' } })],
    };
    const scene = { object: node, arguments: { ...set('disk=hdd'), overwrite: 'yes' }, lists };
    expect(await risksOf(scene)).toEqual([
      'Pods on this node are deleted, since these no longer select it: DaemonSet/on-ssd in kube-system.',
      'Pods start on this node, since these then select it: DaemonSet/on-hdd in kube-system.',
      'New pods may no longer come to this node; those that run stay: Deployment/web in kube-system.',
      'New pods may come to this node: StatefulSet/db in kube-system.',
      'Overwrites label disk: `ssd` becomes `hdd`.',
    ]);
  });

  test('what may not be read, as not looked at', async () => {
    expect(await risksOf({ object: node, lists: { deployments: 'not-allowed' } })).toEqual([
      'Not looked at for the nodes they select, since Firebreak may not list them: Deployments.',
    ]);
  });
});

describe('labelling a workload', () => {
  test.each(['deployment', 'statefulset', 'daemonset'] as const)(
    'changes a %s’s own labels alone, which nothing selects',
    async (kind) => {
      const plan = await planScene(label, { object: { kind } });
      expect(plan.fields).toEqual([{ path: ['metadata', 'labels', 'quarantine'], value: 'true' }]);
      expect(plan.risks).toEqual([]);
      expect(plan.asked).toEqual([]);
    },
  );

  test.each([
    {
      what: 'its Deployment, which lets go of it',
      object: { kind: 'replicaset', labels: { app: 'checkout' }, controller: 'd' } as const,
      given: { ...set('app=none'), overwrite: 'yes' },
      risk: 'Deployment/d lets go of it and starts another ReplicaSet with pods of its own; the pods of this one stay.',
    },
    {
      what: 'a Deployment that would adopt it',
      object: { kind: 'replicaset' } as const,
      given: set('app=checkout'),
      risk: 'Deployment/d would adopt it and may scale it down, which deletes its pods.',
    },
  ])('of a ReplicaSet names $what', async ({ object, given, risk }) => {
    const lists = { deployments: [named('d', matching({ app: 'checkout' }))] };
    expect((await risksOf({ object, arguments: given, lists }))[0]).toBe(risk);
  });

  test('of a ReplicaSet names nobody who is not concerned, and says what may not be read', async () => {
    const object = { kind: 'replicaset', labels: { app: 'checkout' }, controller: 'd' } as const;
    const lists = {
      deployments: [named('d', matching({ app: 'checkout' })), named('e', matching({ app: 'e' }))],
    };
    expect(await risksOf({ object, lists })).toEqual([]);
    const given = { ...set('app=e'), overwrite: 'yes' };
    const foreign = { ...object, controller: 'f' };
    expect(await risksOf({ object: foreign, arguments: given, lists })).toEqual([
      'Overwrites label app: `checkout` becomes `e`.',
    ]);
    expect(await risksOf({ object, lists: { deployments: 'not-allowed' } })).toEqual([
      'Not looked at for what they select, since Firebreak may not list them: Deployments.',
    ]);
  });
});
