import { describe, expect, test } from 'vitest';
import type { FieldChange } from './change.ts';
import { fieldAt } from './field-at.ts';
import { boundPatch, mergePatch } from './merge-patch.ts';

const label = (key: string, before: string | null, after: string | null): FieldChange => ({
  path: ['metadata', 'labels', key],
  before,
  after,
});
const cordon: FieldChange = { path: ['spec', 'unschedulable'], before: null, after: true };
const hold: FieldChange = {
  path: ['metadata', 'annotations', 'cluster-autoscaler.kubernetes.io/scale-down-disabled'],
  before: 'false',
  after: 'true',
};

/** RFC 7386, section 2, as it is written there. */
const applied = (target: unknown, patch: unknown): unknown => {
  if (typeof patch !== 'object' || patch === null || Array.isArray(patch)) return patch;
  const result: Record<string, unknown> =
    typeof target === 'object' && target !== null && !Array.isArray(target) ? { ...target } : {};
  for (const [name, value] of Object.entries(patch))
    if (value === null) delete result[name];
    else result[name] = applied(result[name], value);
  return result;
};

const before = {
  kind: 'Node',
  metadata: {
    name: 'a',
    uid: 'u',
    labels: { team: 'blue', stays: 'here' },
    annotations: { 'cluster-autoscaler.kubernetes.io/scale-down-disabled': 'false' },
  },
  spec: { providerID: 'aws:///a/i-1', taints: [{ key: 'x' }] },
};
const fields = [label('team', 'blue', 'red'), label('quarantine', null, 'true'), cordon, hold];

describe('a patch of fields', () => {
  test('holds them and nothing else', () => {
    expect(mergePatch(fields, 'after')).toEqual({
      metadata: {
        labels: { team: 'red', quarantine: 'true' },
        annotations: { 'cluster-autoscaler.kubernetes.io/scale-down-disabled': 'true' },
      },
      spec: { unschedulable: true },
    });
  });

  test('makes them true and leaves all the rest, and its reverse brings the object back', () => {
    const after = applied(before, mergePatch(fields, 'after'));
    for (const field of fields) expect(fieldAt(after, field.path)).toBe(field.after);
    expect(after).toMatchObject({ metadata: { labels: { stays: 'here' } }, spec: before.spec });
    expect(applied(after, mergePatch(fields, 'before'))).toEqual(before);
  });

  test('of several removes is one that removes each', () => {
    const removes = [label('team', 'blue', null), label('stays', 'here', null)];
    expect(applied(before, mergePatch(removes, 'after'))).toMatchObject({ metadata: { labels: {} } });
    expect(mergePatch(removes, 'after')).toEqual({ metadata: { labels: { team: null, stays: null } } });
  });

  test('takes a key that every JavaScript object has for a key like any other', () => {
    expect(mergePatch([label('constructor', null, 'x'), label('toString', 'y', null)], 'after')).toEqual({
      metadata: { labels: { constructor: 'x', toString: null } },
    });
  });

  test('of nothing is empty', () => expect(mergePatch([], 'after')).toEqual({}));
});

describe('a bound patch', () => {
  const bound = { uid: 'u', resourceVersion: '7' };

  test('carries UID and resourceVersion beside what it changes', () => {
    expect(boundPatch(fields, bound)).toEqual({
      metadata: {
        ...bound,
        labels: { team: 'red', quarantine: 'true' },
        annotations: { 'cluster-autoscaler.kubernetes.io/scale-down-disabled': 'true' },
      },
      spec: { unschedulable: true },
    });
  });

  test('is bound where no metadata changes too', () => {
    expect(boundPatch([cordon], bound)).toEqual({ metadata: bound, spec: { unschedulable: true } });
  });

  test('is not loosened by a field of the same name', () => {
    const loose = { path: ['metadata', 'uid'], before: 'u', after: 'other' };
    expect(boundPatch([loose], bound)).toEqual({ metadata: bound });
  });
});
