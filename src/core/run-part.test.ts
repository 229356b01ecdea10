import { expect, test } from 'vitest';
import type { Change } from './change.ts';
import { isLeftToProve, partOf } from './run-part.ts';

const object = { kind: 'pod', namespace: 'payments', name: 'x', uid: 'u' } as const;
const label = (key: string) => ['metadata', 'labels', key];
const change = (step: string, key: string): Pick<Change, 'step' | 'object' | 'fields'> => ({
  ...{ object, step },
  fields: [{ path: label(key), before: null, after: '1' }],
});
const held = (...keys: readonly string[]) => keys.map((key) => ({ object, path: label(key) }));
const changes = [change('hold/hold pod', 'held'), change('isolate/label', 'cut')];

test('a step belongs to the part that its name begins with, and to none without one', () => {
  expect(['hold/hold pod', 'label/', 'label', ''].map(partOf)).toEqual(['hold', 'label', '', '']);
});

test('the proof of one part is left as long as something of that part is held', () => {
  const verb = { proves: 'isolate' };
  expect(isLeftToProve(verb, changes, held('held', 'cut'))).toBe(true);
  expect(isLeftToProve(verb, changes, held('held'))).toBe(false);
});

test('the proof of a whole run is left as long as anything of it is held', () => {
  expect(isLeftToProve({}, changes, held('held'))).toBe(true);
  expect(isLeftToProve(undefined, changes, [{ object: { ...object, uid: 'v' }, path: label('cut') }])).toBe(
    false,
  );
});
