import { describe, expect, test } from 'vitest';
import { fieldAt, fieldName, sameValue, valueText } from './field-at.ts';

const node = {
  metadata: { labels: { team: 'red', empty: '' }, annotations: { 'karpenter.sh/do-not-disrupt': 'true' } },
  spec: { unschedulable: true, taints: [], weight: 3, nothing: null },
};

describe('what stands in a field', () => {
  test.each([
    [['metadata', 'labels', 'team'], 'red'],
    [['metadata', 'labels', 'empty'], ''],
    [['metadata', 'labels', 'missing'], null],
    // A label may be called so; no object has one by itself.
    [['metadata', 'labels', 'constructor'], null],
    [['metadata', 'labels', 'toString'], null],
    [['metadata', 'annotations', 'karpenter.sh/do-not-disrupt'], 'true'],
    [['spec', 'unschedulable'], true],
    [['spec', 'nothing'], null],
    [['spec', 'nothing', 'below'], null],
    [['spec', 'unschedulable', 'below'], null],
    [['metadata', 'labels', 'team', 'length'], null],
    [['status', 'phase'], null],
  ])('%j: %j', (path, value) => expect(fieldAt(node, path)).toBe(value));

  test.each([undefined, null, 'text', 7, []])('nothing, in what is no object: %j', (object) =>
    expect(fieldAt(object, ['metadata', 'labels', 'team'])).toBeNull(),
  );

  test.each([[['metadata', 'labels']], [['spec', 'taints']], [['spec', 'weight']]])(
    '%j holds more than one value, which is refused',
    (path) => expect(() => fieldAt(node, path)).toThrow(TypeError),
  );
});

test.each([
  [true, true, true],
  ['red', 'red', true],
  [null, null, true],
  [false, null, true],
  [null, false, true],
  [false, false, true],
  [true, null, false],
  [true, 'true', false],
  ['', null, false],
  ['', false, false],
  ['red', 'Red', false],
])('%j and %j are the same: %j', (one, other, same) => expect(sameValue(one, other)).toBe(same));

test.each([
  [['metadata', 'labels', 'example.com/team'], 'label example.com/team'],
  [['metadata', 'annotations', 'firebreak.dev/run'], 'annotation firebreak.dev/run'],
  [['spec', 'unschedulable'], 'spec.unschedulable'],
  [['metadata', 'labels'], 'metadata.labels'],
  [['spec', 'labels', 'x'], 'spec.labels.x'],
])('%j is called %s', (path, name) => expect(fieldName({ path })).toBe(name));

test.each([
  [null, 'absent'],
  ['', 'empty'],
  ['red', 'red'],
  [true, 'true'],
  [false, 'false'],
])('%j in words is %s', (value, text) => expect(valueText(value)).toBe(text));
