import { describe, expect, test } from 'vitest';
import { allPermissions, permissionsFor } from '../../src/core/verb-permissions.ts';
import { verbs } from '../../src/verbs/index.ts';
import { change, heldField, planScene, type SceneObject } from './plan-scene.ts';

const changing = verbs.filter(({ effect }) => effect === 'change');

describe('what verbs declare', () => {
  test('a verb that changes something may read and patch its target, and leaves no evidence', () => {
    expect(changing.map(({ name }) => name)).toEqual([
      ...['label', 'unlabel', 'cordon', 'uncordon', 'hold', 'unhold', 'undo'],
    ]);
    for (const verb of changing) {
      expect(verb.onTarget).toEqual(['get', 'patch']);
      expect(verb.leavesEvidence).toBe('nothing');
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
      const object: SceneObject = {
        kind,
        labels: { x: '1' },
        spec: verb.name === 'uncordon' ? { unschedulable: true } : {},
      };
      const path = ['metadata', 'labels', 'x'];
      const holding = ['metadata', 'annotations', 'karpenter.sh/do-not-disrupt'];
      const { asked, fields } = await planScene(verb, {
        object:
          verb.name === 'unhold'
            ? { ...object, annotations: { 'karpenter.sh/do-not-disrupt': 'true' } }
            : object,
        held:
          verb.name === 'unhold'
            ? [heldField({ path: holding, before: null, after: 'true' }, 'FB-2026-0001-1', 'hold')]
            : [],
        arguments: { labels: verb.name === 'unlabel' ? ['x'] : ['y=1'], run: 'FB-2026-0001-1' },
        undoes: [change([{ path, before: null, after: '1' }])],
      });
      expect(fields).not.toEqual([]);
      const declared = [...verb.alsoReads, ...permissionsFor(verb, kind)].filter(
        (one) => one.verb === 'list',
      );
      for (const list of asked)
        expect(declared.map(({ resource }) => resource)).toContain(list.split(' ')[0]);
    },
  );
});
