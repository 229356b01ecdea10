import { describe, expect, test } from 'vitest';
import type { PlannedContainer } from '../core/target.ts';
import { chooseContainer } from './choose-container.ts';

const container = (name: string): PlannedContainer => ({
  ...{ name, id: '', restartCount: 0, state: 'running', image: '', imageDigest: '' },
});
const one = [container('app')];
const two = [container('app'), container('sidecar')];
const DEFAULT = 'kubectl.kubernetes.io/default-container';

describe('the container of a pod', () => {
  test('is the only one', () => {
    expect(chooseContainer(one, {}, undefined)).toEqual({ kind: 'chosen', name: 'app' });
  });

  test('is the named one', () => {
    expect(chooseContainer(two, { [DEFAULT]: 'app' }, 'sidecar')).toEqual({
      kind: 'chosen',
      name: 'sidecar',
    });
  });

  test('is the one that the pod calls its default', () => {
    expect(chooseContainer(two, { [DEFAULT]: 'sidecar' }, undefined)).toEqual({
      kind: 'chosen',
      name: 'sidecar',
    });
  });

  test('is asked for when there are several', () => {
    expect(chooseContainer(two, {}, undefined)).toEqual({ kind: 'several', names: ['app', 'sidecar'] });
  });

  test('is asked for when the pod’s default is not there', () => {
    expect(chooseContainer(two, { [DEFAULT]: 'gone' }, undefined).kind).toBe('several');
  });

  test('is never another than the named one', () => {
    expect(chooseContainer(one, {}, 'ap')).toEqual({ kind: 'no such container', names: ['app'] });
  });
});
