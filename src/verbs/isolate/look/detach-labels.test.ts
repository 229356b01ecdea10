import { describe, expect, test } from 'vitest';
import { labelSelectorSchema } from '../../labels/label-selector.ts';
import { detachFields, detachLabels, type Holder } from './detach-labels.ts';

const LABELS = { app: 'checkout', tier: 'web', 'pod-template-hash': '5d' };
const holder = (name: string, selector: object): Holder => ({
  name,
  selector: labelSelectorSchema.parse(selector),
});
const byLabels = (name: string, matchLabels: object) => holder(name, { matchLabels });
const byExpression = (key: string, operator: string, values: readonly string[] = []) =>
  holder('ReplicaSet/x', { matchExpressions: [{ key, operator, values }] });
const replicaSet = byLabels('ReplicaSet/x', { app: 'checkout', 'pod-template-hash': '5d' });

const removed = (...holders: readonly Holder[]) => detachLabels(LABELS, holders);
const removes = (...keys: readonly string[]) => ({ kind: 'removes', keys });

describe('the labels that a detach takes away', () => {
  test('are one alone where controller and Services all select by it', () => {
    const services = [
      byLabels('Service/a', { app: 'checkout' }),
      byLabels('Service/b', { app: 'checkout', tier: 'web' }),
    ];
    expect(removed(replicaSet, ...services)).toEqual(removes('app'));
  });

  test('are as many as it takes, and none that nobody has to lose', () => {
    const tier = byLabels('Service/tier', { tier: 'web' });
    expect(removed(replicaSet, tier)).toEqual(removes('app', 'tier'));
    expect(removed(tier)).toEqual(removes('tier'));
    expect(removed()).toEqual(removes());
    expect(removed(byLabels('Service/other', { app: 'ledger' }))).toEqual(removes());
  });

  test('are found in expressions too, unless these still select without them', () => {
    expect(removed(byExpression('tier', 'In', ['web', 'db']))).toEqual(removes('tier'));
    expect(removed(byExpression('tier', 'Exists'))).toEqual(removes('tier'));
    expect(removed(byExpression('tier', 'NotIn', ['db']))).toEqual({
      kind: 'impossible',
      holders: ['ReplicaSet/x'],
    });
    expect(removed(byExpression('zone', 'DoesNotExist'))).toMatchObject({ kind: 'impossible' });
    expect(removed(holder('ReplicaSet/all', {}), replicaSet)).toEqual({
      kind: 'impossible',
      holders: ['ReplicaSet/all'],
    });
  });

  test('are written as absent, and nothing else is', () => {
    expect(detachFields(['app', 'tier'])).toEqual([
      { path: ['metadata', 'labels', 'app'], value: null },
      { path: ['metadata', 'labels', 'tier'], value: null },
    ]);
  });
});
