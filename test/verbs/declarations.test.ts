import { describe, expect, test } from 'vitest';
import { allPermissions, permissionsFor } from '../../src/core/verb-permissions.ts';
import { verbs } from '../../src/verbs/index.ts';
import { change, heldField, planScene, type Scene, type SceneObject } from './plan-scene.ts';

const NAMES = { run: 'FB-2026-0001-2', case: 'FB-2026-0001' } as const;
const EARLIER = 'FB-2026-0001-1';
const LABEL = ['metadata', 'labels', 'x'];
const HOLDING = ['metadata', 'annotations', 'karpenter.sh/do-not-disrupt'];
const ISOLATED = ['metadata', 'labels', 'firebreak.dev/isolated-by'];

const RUNNING: Omit<Partial<Scene>, 'object'> & { readonly object?: Partial<SceneObject> } = {
  object: {
    containers: ['app'],
    spec: { nodeName: 'node-a', containers: [{ name: 'app' }] },
    status: {
      ...{ phase: 'Running', podIP: '10.244.0.7', podIPs: [{ ip: '10.244.0.7' }] },
      containerStatuses: [{ name: 'app', state: { running: {} } }],
    },
  },
  objects: {
    'namespaces/payments': { metadata: { name: 'payments' } },
    'nodes/node-a': { metadata: { name: 'node-a', uid: 'n' }, status: {} },
  },
  toolImage: 'registry.example/tools@sha256:0',
};

/** What a verb needs to find, so that there is something for it to do. */
const NEEDS: Readonly<
  Record<string, Omit<Partial<Scene>, 'object'> & { readonly object?: Partial<SceneObject> }>
> = {
  unlabel: { arguments: { labels: ['x'] } },
  uncordon: { object: { spec: { unschedulable: true } } },
  unhold: {
    object: { annotations: { 'karpenter.sh/do-not-disrupt': 'true' } },
    held: [heldField({ path: HOLDING, before: null, after: 'true' }, EARLIER, 'hold')],
  },
  isolate: RUNNING,
  contain: { ...RUNNING, arguments: { container: 'app' } },
  release: {
    object: { labels: { 'firebreak.dev/isolated-by': EARLIER } },
    held: [heldField({ path: ISOLATED, before: null, after: EARLIER }, EARLIER, 'isolate')],
  },
};

const sceneOf = (verb: string, kind: SceneObject['kind']): Scene => {
  const { object, ...more } = NEEDS[verb] ?? {};
  return {
    arguments: { labels: ['y=1'], run: EARLIER },
    undoes: [change([{ path: LABEL, before: null, after: '1' }])],
    ...more,
    object: { kind, labels: { x: '1' }, ...object },
  };
};

const changing = verbs.filter(({ effect }) => effect === 'change');

describe('what verbs declare', () => {
  test('a verb that changes something may read and patch its target, and leaves evidence only where it cuts', () => {
    expect(changing.map(({ name }) => name)).toEqual([
      ...[
        'label',
        'unlabel',
        'cordon',
        'uncordon',
        'hold',
        'unhold',
        'isolate',
        'release',
        'contain',
        'undo',
      ],
    ]);
    for (const verb of changing) {
      expect(verb.onTarget).toEqual(['get', 'patch']);
      // What the network was like before it was cut can be read at no other time.
      expect(verb.leavesEvidence).toBe(['isolate', 'contain'].includes(verb.name) ? 'bundle' : 'nothing');
    }
  });

  test('a verb that reads or collects may not patch anything', () => {
    for (const verb of verbs.filter(({ effect }) => effect !== 'change'))
      expect(allPermissions(verb).filter(({ verb: may }) => may === 'patch')).toEqual([]);
  });

  test('a target of one kind needs the permissions of that kind alone', () => {
    const [label] = changing;
    if (label === undefined) throw new Error('there is no label');
    expect(permissionsFor(label, 'statefulset')).toEqual([
      { verb: 'get', group: 'apps', resource: 'statefulsets' },
      { verb: 'patch', group: 'apps', resource: 'statefulsets' },
    ]);
    expect(allPermissions(label)).toHaveLength(12);
  });

  test.each(changing.flatMap((verb) => verb.kinds.map((kind) => ({ verb, name: verb.name, kind }))))(
    '$name on a $kind lists nothing that it does not declare',
    async ({ verb, kind }) => {
      const { asked, fields = [], writes } = await planScene(verb, sceneOf(verb.name, kind));
      expect([...fields, ...(writes?.(NAMES) ?? [])]).not.toEqual([]);
      const declared = [...verb.alsoReads, ...permissionsFor(verb, kind)].filter(
        (one) => one.verb === 'list',
      );
      for (const list of asked)
        expect(declared.map(({ resource }) => resource)).toContain(list.split(' ')[0]);
    },
  );
});
