import { describe, expect, test } from 'vitest';
import { FirebreakError } from '../../src/core/firebreak-error.ts';
import { whoGoes } from '../../src/verbs/release/who-goes.ts';

const NOW = Date.parse('2026-11-21T10:00:00Z');
const LABELS = { app: 'web' };
const OWNER = { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web', uid: 'd', controller: true };

interface PodScene {
  readonly name: string;
  readonly node?: string;
  /** Seconds since it became Ready; not Ready when left out. */
  readonly readyFor?: number;
  readonly cost?: string;
  readonly restarts?: number;
  readonly createdBefore?: number;
  readonly phase?: string;
  readonly owner?: string;
}

const at = (secondsAgo: number): string => new Date(NOW - secondsAgo * 1_000).toISOString();
const podOf = (scene: PodScene) => {
  const { name, node = 'node-a', readyFor, cost, restarts = 0, createdBefore = 600 } = scene;
  const { phase = 'Running', owner } = scene;
  return {
    metadata: {
      ...{ name, namespace: 'payments', uid: name, labels: LABELS, creationTimestamp: at(createdBefore) },
      annotations: cost === undefined ? {} : { 'controller.kubernetes.io/pod-deletion-cost': cost },
      ownerReferences:
        owner === undefined
          ? []
          : [{ apiVersion: 'apps/v1', kind: 'ReplicaSet', name: owner, uid: owner, controller: true }],
    },
    spec: { nodeName: node },
    status: {
      phase,
      conditions: [
        readyFor === undefined
          ? { type: 'Ready', status: 'False' }
          : { type: 'Ready', status: 'True', lastTransitionTime: at(readyFor) },
      ],
      containerStatuses: [{ restartCount: restarts }],
    },
  };
};

/** The returned pod: Ready for 10 s, as one whose readiness failed while it was cut off. */
const SUSPECT = podOf({ name: 'suspect', readyFor: 10 });
const set = (name: string, spec: object, more: object = {}) => ({
  metadata: { name, uid: name, ...more },
  spec: { selector: { matchLabels: LABELS }, ...spec },
});

const goes = (
  lists: Readonly<Record<string, readonly object[] | 'not-allowed'>>,
  object: object = SUSPECT,
): Promise<readonly string[]> =>
  whoGoes(
    {
      list: async ({ resource }) => {
        const found = lists[resource] ?? [];
        if (found !== 'not-allowed') return found;
        throw new FirebreakError({ code: 'not-allowed', message: 'It may not.', next: 'Grant it.' });
      },
    },
    { object, labels: LABELS, annotations: { 'controller.kubernetes.io/pod-deletion-cost': '2147483647' } },
    NOW,
    new AbortController().signal,
  );

describe('who goes when a pod is returned', () => {
  const ofSet = (...scenes: readonly PodScene[]) => scenes.map((one) => podOf({ owner: 'web-1', ...one }));
  const web = (replicas: number) => set('web-1', { replicas }, { ownerReferences: [OWNER] });
  const replicaSet = async (pods: readonly object[], replicas: number, more: readonly object[] = []) =>
    (await goes({ replicasets: [web(replicas), ...more], pods: [SUSPECT, ...pods] })).join(' ');

  test('of a ReplicaSet, one that is not Ready goes before all others', async () => {
    const pods = ofSet({ name: 'old', readyFor: 500 }, { name: 'sick' }, { name: 'new', readyFor: 5 });
    expect(await replicaSet(pods, 3)).toBe(
      'ReplicaSet/web-1 then has one pod too many, and deletes pod/sick as things stand now.',
    );
  });

  test('of a ReplicaSet, one on the fuller node goes before a younger one', async () => {
    const pods = ofSet({ name: 'crowded', readyFor: 500 }, { name: 'young', node: 'node-b', readyFor: 5 });
    expect(await replicaSet(pods, 2)).toContain('deletes pod/crowded');
  });

  test('the pods of the other ReplicaSets of its Deployment count on their node', async () => {
    const pods = ofSet({ name: 'alone', node: 'node-b', readyFor: 5 }, { name: 'a', readyFor: 500 });
    const older = set('web-0', { selector: { matchLabels: { app: 'old' } } }, { ownerReferences: [OWNER] });
    const beside = [1, 2].map((n) => podOf({ name: `o${n}`, node: 'node-b', readyFor: 900, owner: 'web-0' }));
    expect(await replicaSet([...pods, ...beside], 2, [older])).toContain('deletes pod/alone');
  });

  test('of a ReplicaSet, the one that is Ready for the shortest time goes where all else is equal', async () => {
    const pods = ofSet({ name: 'old', readyFor: 5_000 }, { name: 'new', readyFor: 30 });
    expect(await replicaSet(pods, 2)).toContain('deletes pod/new');
    expect(await replicaSet(pods, 1)).toContain('has 2 pods too many, and deletes pod/new and pod/old');
    expect(await replicaSet(pods, 3)).toContain('deletes no pod for it as things stand now');
  });

  test('one that has ended or is somebody else’s is not counted', async () => {
    const ended = ofSet({ name: 'done', phase: 'Succeeded', readyFor: 5 });
    const theirs = podOf({ name: 'theirs', readyFor: 5, owner: 'another' });
    expect(await replicaSet([...ended, theirs], 1)).toContain('deletes no pod for it');
  });

  test('of a ReplicaSet whose others have the same deletion cost it may be the pod itself, which is said loudly', async () => {
    const pods = ofSet({ name: 'old', readyFor: 5_000, cost: '2147483647' });
    expect(await replicaSet(pods, 1)).toContain('deletes THIS ONE, pod/suspect');
  });

  test('a Job heeds no deletion cost: what became Ready last goes', async () => {
    const lists = (readyFor: number) => ({
      jobs: [set('batch', {})],
      pods: [SUSPECT, podOf({ name: 'again', readyFor, owner: 'batch' })],
    });
    expect(await goes(lists(300))).toEqual([
      'Job/batch then has one pod too many, and deletes THIS ONE, pod/suspect as things stand now.',
    ]);
    expect((await goes(lists(1))).join()).toContain('deletes pod/again');
  });

  test('a DaemonSet keeps the oldest of a node, and looks at no other node', async () => {
    const pods = [
      podOf({ name: 'second', createdBefore: 60, owner: 'agent', readyFor: 50 }),
      podOf({ name: 'elsewhere', node: 'node-b', createdBefore: 10, owner: 'agent' }),
    ];
    expect((await goes({ daemonsets: [set('agent', {})], pods })).join()).toContain('deletes pod/second as');
    const older = podOf({ name: 'older', createdBefore: 9_000, owner: 'agent' });
    expect((await goes({ daemonsets: [set('agent', {})], pods: [older] })).join()).toContain('THIS ONE');
  });

  test('a StatefulSet takes back a pod of its own name alone, and deletes none', async () => {
    const lists = { statefulsets: [set('db', { replicas: 1 })] };
    expect(await goes(lists, podOf({ name: 'db-0', readyFor: 1 }))).toEqual([
      'StatefulSet/db adopts it again, and deletes no pod.',
    ]);
    expect(await goes(lists)).toEqual([
      'No controller selects it by these labels: nothing adopts it, and nothing is deleted for it.',
    ]);
  });

  test('what may not be looked at is said', async () => {
    expect((await goes({ jobs: 'not-allowed' })).join()).toContain('Whether a Job takes it');
    expect((await goes({ replicasets: [set('web-1', {})], pods: 'not-allowed' })).join()).toContain(
      'this one or another, which could not be looked at',
    );
  });
});
