import { describe, expect, test } from 'vitest';
import { fieldAt, fieldName, stands } from './field-at.ts';
import { ephemeralPath, OBJECT_PATH } from './structure.ts';

const there = (object: unknown, wanted: unknown): boolean =>
  stands(object, OBJECT_PATH, JSON.stringify(wanted));

describe('an object as a whole', () => {
  const policy = {
    metadata: { name: 'a', labels: { ours: 'yes' } },
    spec: { podSelector: { matchLabels: { app: 'x' } }, policyTypes: ['Ingress', 'Egress'] },
  };
  const served = {
    ...policy,
    metadata: { ...policy.metadata, uid: 'u', labels: { ours: 'yes', theirs: 'too' } },
    status: {},
  };

  test('stands where the server has added to it', () => {
    expect(there(served, policy)).toBe(true);
    expect(fieldAt(served, OBJECT_PATH, JSON.stringify(policy))).toBe(JSON.stringify(policy));
  });

  test.each<[string, unknown]>([
    ['a changed leaf', { ...served, metadata: { ...served.metadata, name: 'b' } }],
    ['a label of ours that is gone', { ...served, metadata: { ...served.metadata, labels: {} } }],
    [
      'a list with one more',
      { ...served, spec: { ...served.spec, policyTypes: ['Ingress', 'Egress', 'Other'] } },
    ],
    ['a list in another order', { ...served, spec: { ...served.spec, policyTypes: ['Egress', 'Ingress'] } }],
    ['a part that is gone', { metadata: served.metadata }],
    ['a list where a tree was', { ...served, spec: [] }],
    [
      'a selector with a further term',
      { ...served, spec: { ...served.spec, podSelector: { matchLabels: { app: 'x', more: 'y' } } } },
    ],
    [
      'a selector with another way to select',
      {
        ...served,
        spec: { ...served.spec, podSelector: { ...served.spec.podSelector, matchExpressions: [{}] } },
      },
    ],
    ['a selector that selects everything', { ...served, spec: { ...served.spec, podSelector: {} } }],
  ])('does not stand with %s', (_what, object) => {
    expect(there(object, policy)).toBe(false);
    expect(fieldAt(object, OBJECT_PATH, JSON.stringify(policy))).toBe(JSON.stringify(object));
  });

  test.each<[string, unknown, unknown, boolean]>([
    ['an empty list that is left out', { ingress: [] }, {}, true],
    ['an empty list that someone filled', { ingress: [] }, { ingress: [{}] }, false],
    ['an empty tree that is left out', { emptyDir: {} }, {}, true],
    ['an empty tree to which the server adds', { strategy: {} }, { strategy: { type: 'x' } }, true],
    ['an empty selector to which someone adds', { podSelector: {} }, { podSelector: { a: 'b' } }, false],
    ['an empty selector that is left out', { podSelector: {} }, {}, true],
    ['null, which is left out', { note: null }, {}, true],
    ['null where something stands', { note: null }, { note: 'x' }, false],
    ['a false that a server leaves out', { hostNetwork: false }, {}, true],
    ['a false that became true', { hostNetwork: false }, { hostNetwork: true }, false],
    ['a false that means something else than nothing', { automountServiceAccountToken: false }, {}, false],
    ['an empty tree by a name that every object has', { constructor: {} }, {}, true],
    ['zero', { backoffLimit: 0 }, { backoffLimit: 0 }, true],
    ['a number that is another', { backoffLimit: 0 }, { backoffLimit: 6 }, false],
  ])('%s', (_what, wanted, object, expected) => {
    expect(there(object, wanted)).toBe(expected);
  });

  test('is absent where there is none', () => {
    expect(fieldAt(undefined, OBJECT_PATH)).toBeNull();
    expect(stands(undefined, OBJECT_PATH, null)).toBe(true);
    expect(stands(served, OBJECT_PATH, null)).toBe(false);
    expect(fieldName({ path: OBJECT_PATH })).toBe('the object');
  });
});

describe('an ephemeral container', () => {
  const path = ephemeralPath('tool');
  const pod = {
    spec: { ephemeralContainers: [{ name: 'other' }, { name: 'tool', image: 'a', stdin: true }] },
  };

  test('is found by its name', () => {
    expect(stands(pod, path, JSON.stringify({ name: 'tool', image: 'a' }))).toBe(true);
    expect(stands(pod, path, JSON.stringify({ name: 'tool', image: 'b' }))).toBe(false);
    expect(fieldAt(pod, ephemeralPath('none'))).toBeNull();
    expect(fieldAt({ spec: {} }, path)).toBeNull();
    expect(fieldName({ path })).toBe('ephemeral container tool');
  });
});
