import { expect, it } from 'vitest';
import { strategicMergePatch } from './strategic-merge-patch.ts';

const POD = {
  metadata: { labels: { a: '1' }, finalizers: ['x'] },
  spec: {
    containers: [
      { name: 'app', image: 'app:1', env: [{ name: 'A', value: '1' }] },
      { name: 'side', image: 'side:1' },
    ],
    tolerations: [{ key: 'a' }],
  },
};
const patched = (patch: unknown) => strategicMergePatch(POD, patch);

it('merges maps, and null takes away', () => {
  expect(patched({ metadata: { labels: { a: null, b: '2' } } })).toMatchObject({
    metadata: { labels: { b: '2' }, finalizers: ['x'] },
  });
  expect(patched({ metadata: { labels: { a: null } } })).toHaveProperty('metadata.labels', {});
});

it('merges containers by name, also further down', () => {
  const env = [{ name: 'B', value: '2' }];
  expect(patched({ spec: { containers: [{ name: 'app', env }] } })).toHaveProperty('spec.containers', [
    { name: 'app', image: 'app:1', env: [{ name: 'A', value: '1' }, ...env] },
    { name: 'side', image: 'side:1' },
  ]);
});

it('replaces lists without a key as a whole: tolerations, taints', () => {
  expect(patched({ spec: { tolerations: [{ key: 'b' }] } })).toHaveProperty('spec.tolerations', [
    { key: 'b' },
  ]);
  const node = { spec: { taints: [{ key: 'a', effect: 'NoSchedule' }] } };
  const patch = { spec: { taints: [{ key: 'b', effect: 'NoExecute' }] } };
  expect(strategicMergePatch(node, patch)).toEqual(patch);
});

it('takes items away, replaces a list, unites sets, and drops what was not retained', () => {
  const gone = { spec: { containers: [{ name: 'side', $patch: 'delete' }] } };
  expect(patched(gone)).toHaveProperty('spec.containers', [POD.spec.containers[0]]);
  const whole = { spec: { containers: [{ $patch: 'replace' }, { name: 'new', image: 'n' }] } };
  expect(patched(whole)).toHaveProperty('spec.containers', [{ name: 'new', image: 'n' }]);
  expect(patched({ metadata: { finalizers: ['y', 'x'] } })).toHaveProperty('metadata.finalizers', ['x', 'y']);
  const less = { metadata: { '$deleteFromPrimitiveList/finalizers': ['x'] } };
  expect(patched(less)).toHaveProperty('metadata.finalizers', []);
  const kept = { spec: { $retainKeys: ['containers'] } };
  expect(patched(kept)).toEqual({ ...POD, spec: { containers: POD.spec.containers } });
});
