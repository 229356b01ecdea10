import { describe, expect, test } from 'vitest';
import type { FieldValue } from './change.ts';
import { sameValue } from './field-at.ts';
import { type HeldChange, heldFields } from './held-fields.ts';

const TEAM = ['metadata', 'labels', 'team'];

const write = (
  run: string,
  before: FieldValue,
  after: FieldValue,
  other: Partial<HeldChange> & { readonly path?: readonly string[] } = {},
): HeldChange => {
  const { path = TEAM, ...more } = other;
  return {
    ...{ run, case: 'FB-2026-0001', verb: 'label', cluster: 'prod', state: 'applied' },
    object: { kind: 'pod', namespace: 'payments', name: 'x', uid: 'u' },
    fields: [{ path, before, after }],
    ...more,
  };
};

const held = (...changes: readonly HeldChange[]) =>
  heldFields(changes).map(({ path, before, after, run, state }) => ({
    ...{ field: path.at(-1), before, after, run, state },
  }));

const one = (before: FieldValue, after: FieldValue, run: string, state = 'applied', field = 'team') => [
  { field, before, after, run, state },
];

describe('what is held', () => {
  test.each([
    ['nothing, where nothing was changed', [], []],
    ['a change', [write('1', null, 'red')], one(null, 'red', '1')],
    [
      'two changes, from what stood there first to what was written last',
      [write('1', 'blue', 'red'), write('2', 'red', 'green')],
      one('blue', 'green', '2'),
    ],
    ['nothing, once it was put back', [write('1', 'blue', 'red'), write('2', 'red', 'blue')], []],
    [
      'nothing, once a later run put back what stood there first',
      [write('1', null, 'red'), write('2', 'red', 'green'), write('3', 'green', null)],
      [],
    ],
    [
      'from what someone else wrote in between, since that is what the second run found',
      [write('1', null, 'red'), write('2', 'theirs', 'green')],
      one('theirs', 'green', '2'),
    ],
    [
      'nothing, where the second run put back what someone else had written before it',
      [write('1', null, 'red'), write('2', 'theirs', 'red'), write('3', 'red', 'theirs')],
      [],
    ],
    [
      'again, when it is changed again after it was put back',
      [write('1', null, 'red'), write('2', 'red', null), write('3', null, 'red')],
      one(null, 'red', '3'),
    ],
    ['no change that did not happen', [write('1', null, 'red', { state: 'not applied' })], []],
    [
      'an outcome that is not known, as such',
      [write('1', null, 'red', { state: 'unknown' })],
      one(null, 'red', '1', 'unknown'),
    ],
    [
      'an intent without outcome, as one that is not known',
      [write('1', null, 'red', { state: 'intended' })],
      one(null, 'red', '1', 'unknown'),
    ],
    [
      'no more of what was not known, once a later run found that it had not happened',
      [write('1', null, 'red', { state: 'unknown' }), write('2', null, 'green')],
      one(null, 'green', '2'),
    ],
    [
      'still, when it is not known whether it was put back',
      [write('1', null, 'red'), write('2', 'red', null, { state: 'unknown' })],
      one(null, 'red', '1', 'unknown'),
    ],
    [
      'nothing, once a second try surely put it back',
      [write('1', null, 'red'), write('2', 'red', null, { state: 'intended' }), write('3', 'red', null)],
      [],
    ],
    [
      'from what stood there first, though a write in between did not happen after all',
      [write('1', null, 'red'), write('2', 'red', 'green', { state: 'unknown' }), write('3', 'red', 'blue')],
      one(null, 'blue', '3'),
    ],
    [
      'from what stood there first, though two writes in between did not happen after all',
      [
        write('1', null, 'red'),
        write('2', 'red', 'green', { state: 'unknown' }),
        write('3', 'red', 'grey', { state: 'unknown' }),
        write('4', 'red', 'blue'),
      ],
      one(null, 'blue', '4'),
    ],
    [
      'from what stood there first, though a write in between had happened after all',
      [
        write('1', null, 'red'),
        write('2', 'red', 'green', { state: 'unknown' }),
        write('3', 'green', 'blue'),
      ],
      one(null, 'blue', '3'),
    ],
    [
      'from what stood there, once what was not known turns out to have been put back',
      [write('1', null, 'red'), write('2', 'red', null, { state: 'unknown' }), write('3', null, 'blue')],
      one(null, 'blue', '3'),
    ],
    [
      'absent and false as the same',
      [write('1', null, true, { path: ['spec', 'unschedulable'] })].concat(
        write('2', true, false, { path: ['spec', 'unschedulable'] }),
      ),
      [],
    ],
    ['nothing by a write that changes nothing', [write('1', 'red', 'red')], []],
  ])('%s', (_what, changes, result) => expect(held(...changes)).toEqual(result));

  test('is kept apart by cluster, object and field', () => {
    const object = { kind: 'pod', namespace: 'payments', name: 'x', uid: 'another' } as const;
    const all = heldFields([
      write('1', null, 'red'),
      write('2', null, 'red', { cluster: 'lab' }),
      write('3', null, 'red', { object }),
      write('4', null, 'red', { path: ['metadata', 'annotations', 'team'] }),
      write('5', 'red', null),
    ]);
    expect(all.map(({ run }) => run)).toEqual(['2', '3', '4']);
  });

  test('stands in the order of the last writes', () => {
    const all = heldFields([
      write('1', null, 'a', { path: ['metadata', 'labels', 'a'] }),
      write('2', null, 'b', { path: ['metadata', 'labels', 'b'] }),
      write('3', 'a', 'c', { path: ['metadata', 'labels', 'a'] }),
    ]);
    expect(all.map(({ run, path }) => `${run} ${path.at(-1)}`)).toEqual(['2 b', '3 a']);
  });
});

/** Numbers that look random and are the same each time (Numerical Recipes' LCG). */
const numbers = (seed: number): ((below: number) => number) => {
  let state = seed;
  return (below) => {
    state = (state * 1_664_525 + 1_013_904_223) % 2 ** 32;
    return Math.floor((state / 2 ** 32) * below);
  };
};

test.each(Array.from({ length: 50 }, (_, seed) => seed))(
  'whoever writes in between, putting back all that is held leaves nothing held (history %i)',
  (seed) => {
    const next = numbers(seed);
    const values: readonly FieldValue[] = [null, 'red', 'blue', 'green'];
    const changes: HeldChange[] = [];
    const there = new Map<string, FieldValue>();
    for (let step = 0; step < 30; step += 1) {
      const key = `l${next(3)}`;
      const after = values[next(values.length)] ?? null;
      const before = there.get(key) ?? null;
      there.set(key, after);
      // One write in four is somebody else's, of which no ledger knows.
      if (next(4) > 0)
        changes.push(write(String(step), before, after, { path: ['metadata', 'labels', key] }));
    }
    const all = heldFields(changes);
    for (const field of all) {
      const last = changes.findLast(({ fields }) => fields[0]?.path.at(-1) === field.path.at(-1));
      expect(last).toMatchObject({ run: field.run, fields: [{ after: field.after }] });
      expect(sameValue(field.before, field.after)).toBe(false);
    }
    const back = all.map(({ path, before, after }) => write('back', after, before, { path }));
    expect(heldFields([...changes, ...back])).toEqual([]);
  },
);

describe('of what a run made', () => {
  const object = { kind: 'networkpolicy', namespace: 'payments', name: 'a', uid: 'made:a' } as const;
  const path = ['(object)'];
  const make = write('1', null, '{}', { object, path, madeUid: 'u1' });

  test('the object is held, with the UID that the cluster gave it', () => {
    expect(heldFields([make])).toMatchObject([{ run: '1', before: null, after: '{}', madeUid: 'u1' }]);
  });

  test.each(['undo', 'release'])('nothing is held once a run took it away (%s)', (verb) => {
    expect(held(make, write('2', '{}', null, { object, path, verb, madeUid: 'u1' }))).toEqual([]);
  });

  test('it is still held while nobody knows whether it was taken away', () => {
    const take = write('2', '{}', null, { object, path, verb: 'undo', state: 'unknown', madeUid: 'u1' });
    expect(heldFields([make, take])).toMatchObject([{ run: '1', state: 'unknown', madeUid: 'u1' }]);
    expect(held(make, take, { ...take, run: '3', state: 'applied' })).toEqual([]);
  });

  test('an added container is never held', () => {
    expect(held(write('1', null, '{}', { path: ['spec', 'ephemeralContainers', 'tool'] }))).toEqual([]);
  });
});
