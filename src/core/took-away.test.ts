import { expect, test } from 'vitest';
import { OBJECT_PATH } from './structure.ts';
import { tookAway } from './took-away.ts';

const object = { kind: 'poddisruptionbudget', namespace: 'payments', name: 'b', uid: 'made:b' } as const;
const pod = { kind: 'pod', namespace: 'payments', name: 'x', uid: 'u' } as const;
const made = { object, fields: [{ path: OBJECT_PATH, before: null, after: '{}' }] };
const taken = { object, fields: [{ path: OBJECT_PATH, before: '{}', after: null }] };
const field = { object: pod, fields: [{ path: ['metadata', 'labels', 'x'], before: '1', after: null }] };

test('names what a run took away, and nothing that it made itself or changed', () => {
  expect(tookAway([field, taken])).toEqual([object]);
  expect(tookAway([made, field])).toEqual([]);
  expect(tookAway([made, taken])).toEqual([]);
});
