import { expect, test } from 'vitest';
import { isClusterScoped } from './cluster-scoped.ts';
import { KINDS } from './kind.ts';
import { madeKindNames, objectKinds, resourceOf } from './made-kind.ts';

test.each(objectKinds)('it is known whether a %s lies in a namespace', (kind) => {
  const { resource, scope } = resourceOf(kind);
  expect(isClusterScoped({ resource })).toBe(scope === 'cluster');
});

test('no kind that is made can be named in a command', () => {
  expect(madeKindNames.filter((kind) => Object.hasOwn(KINDS, kind))).toEqual([]);
});
