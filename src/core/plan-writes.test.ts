import { describe, expect, test } from 'vitest';
import type { HeldChange } from './held-fields.ts';
import { planWrites } from './plan-writes.ts';
import { sameWrite } from './same-write.ts';
import type { WantedWrite } from './verb.ts';

const object = { kind: 'pod', namespace: 'payments', name: 'x', uid: 'u' } as const;
const node = { kind: 'node', namespace: '', name: 'n', uid: 'n' } as const;
const names = { run: 'FB-2026-0001-2', case: 'FB-2026-0001' };
const label = (key: string): readonly string[] => ['metadata', 'labels', key];
const plan = (
  wanted: readonly WantedWrite[],
  more: { readonly raw?: unknown; readonly history?: readonly HeldChange[] } = {},
) =>
  planWrites({
    ...{ ...names, wanted, verb: 'contain', cluster: 'prod', histories: new Map() },
    target: { object, raw: more.raw ?? { metadata: {} }, history: more.history ?? [] },
  });
const set = (step: string, key: string, value: string | null): WantedWrite => ({
  ...{ action: 'set', step },
  fields: [{ path: label(key), value }],
});
const make: WantedWrite = {
  ...{ action: 'make', step: 'deny', kind: 'networkpolicy', namespace: 'payments', name: 'firebreak-a' },
  body: {
    apiVersion: 'networking.k8s.io/v1',
    metadata: { name: 'other', namespace: 'elsewhere', labels: { a: 'b' }, annotations: { c: 'd' } },
    spec: {},
  },
};
const made = { kind: 'networkpolicy', namespace: 'payments', name: 'firebreak-a' } as const;
const MADE = 'made:networkpolicy/payments/firebreak-a';

describe('what a plan makes', () => {
  test('has the name by which the ledger knows it, and the marks of its run', () => {
    const [write] = plan([make]);
    expect(write).toMatchObject({
      object: { ...made, uid: MADE },
      step: 'deny',
      fields: [{ path: ['(object)'], before: null }],
    });
    expect(JSON.parse(String(write?.fields[0]?.after))).toEqual({
      apiVersion: 'networking.k8s.io/v1',
      metadata: {
        ...{ name: 'firebreak-a', namespace: 'payments' },
        labels: { a: 'b', 'firebreak.dev/case': names.case },
        annotations: { c: 'd', 'firebreak.dev/run': names.run },
      },
      spec: {},
    });
  });

  test('has no namespace where its kind has none', () => {
    const [write] = plan([{ ...make, kind: 'adminnetworkpolicy', namespace: '', body: { metadata: {} } }]);
    expect(JSON.parse(String(write?.fields[0]?.after)).metadata).not.toHaveProperty('namespace');
  });

  test('is taken away by the text that it is made with, whatever was said of it', () => {
    const [first, second] = plan([
      make,
      { action: 'take away', step: 'end', object: { ...made, uid: MADE }, text: '{}' },
    ]);
    expect(second?.fields).toEqual([{ path: ['(object)'], before: first?.fields[0]?.after, after: null }]);
  });

  test('of an earlier run is taken away by the text that the ledger holds', () => {
    const [write] = plan([
      { action: 'take away', step: '', object: { ...made, uid: MADE }, text: '{"a":1}' },
    ]);
    expect(write).toEqual({
      object: { ...made, uid: MADE },
      fields: [{ path: ['(object)'], before: '{"a":1}', after: null }],
    });
  });
});

describe('several writes of one object', () => {
  test('find each what the earlier ones leave, and are marked once', () => {
    const writes = plan([set('a', 'one', '1'), set('b', 'two', '2'), set('c', 'one', '3')]);
    expect(writes.map(({ step, fields }) => [step, fields.length])).toEqual([
      ['a', 3],
      ['b', 1],
      ['c', 1],
    ]);
    expect(writes[2]?.fields).toEqual([{ path: label('one'), before: '1', after: '3' }]);
  });

  test('take the marks off with the last that is held', () => {
    const writes = plan([set('a', 'one', '1'), set('b', 'one', null)]);
    expect(writes[1]?.fields).toEqual([
      { path: label('one'), before: '1', after: null },
      { path: ['metadata', 'annotations', 'firebreak.dev/run'], before: names.run, after: null },
      { path: label('firebreak.dev/case'), before: names.case, after: null },
    ]);
  });

  test('mark it in each part of the run for itself, since another part may have failed', () => {
    const marks = [
      { path: ['metadata', 'annotations', 'firebreak.dev/run'], before: null, after: names.run },
      { path: label('firebreak.dev/case'), before: null, after: names.case },
    ];
    const writes = plan([
      set('hold/pod', 'one', '1'),
      set('isolate/label', 'two', '2'),
      set('isolate/more', 'three', '3'),
    ]);
    expect(writes[1]?.fields).toEqual([{ path: label('two'), before: null, after: '2' }, ...marks]);
    expect(writes[2]?.fields).toEqual([{ path: label('three'), before: null, after: '3' }]);
  });

  test('leave out what would change nothing', () => {
    expect(plan([set('a', 'one', '1')], { raw: { metadata: { labels: { one: '1' } } } })).toEqual([]);
  });
});

test('another object is written with its own marks, beside the target', () => {
  const writes = plan([
    set('a', 'one', '1'),
    {
      action: 'set',
      step: 'b',
      object: node,
      raw: { metadata: {} },
      fields: [{ path: ['spec', 'x'], value: true }],
    },
  ]);
  expect(writes[1]).toMatchObject({ object: node, step: 'b' });
  expect(writes[1]?.fields).toHaveLength(3);
});

test('a container is added as a whole, without marks', () => {
  expect(plan([{ action: 'add container', step: 'f', container: { name: 'tool', image: 'a' } }])).toEqual([
    {
      ...{ object, step: 'f' },
      fields: [
        {
          path: ['spec', 'ephemeralContainers', 'tool'],
          ...{ before: null, after: '{"name":"tool","image":"a"}' },
        },
      ],
    },
  ]);
});

describe('two writes are the same', () => {
  const [one, two, three] = plan([set('a', 'one', '1'), set('b', 'two', '2'), set('c', 'one', '3')]);
  test('by their object and what they make of it, whatever marks stood there', () => {
    if (one === undefined || two === undefined || three === undefined) throw new Error('three are planned');
    expect(sameWrite(one, { ...one, fields: one.fields.slice(0, 1) })).toBe(true);
    expect(sameWrite(one, two)).toBe(false);
    expect(sameWrite(one, three)).toBe(false);
    expect(sameWrite(one, { ...one, object: node })).toBe(false);
    expect(sameWrite(one, { ...one, fields: [...one.fields, ...two.fields] })).toBe(false);
  });
});
