import { describe, expect, test } from 'vitest';
import { labelKey, labelPair } from './label-text.ts';

const why = (read: typeof labelPair | typeof labelKey, typed: string): string | undefined =>
  read.safeParse(typed).error?.issues[0]?.message;

const n = (length: number): string => 'a'.repeat(length);
const PREFIX_253 = `${`${n(49)}.`.repeat(5)}abc`;

describe('a label to set', () => {
  test.each([
    'quarantine=true',
    'team=',
    'Team_1.x-y=V_1.x-Y',
    'example.com/team=red',
    'a.b-c.d1/x=1',
    `${n(63)}=${n(63)}`,
    `${PREFIX_253}/${n(63)}=1`,
    '1=1',
    'mykubernetes.io/team=red',
    'kubernetes.io.example.com/team=red',
    'xk8s.io/team=red',
    'kubernetes.io=looks-odd',
  ])('is one as Kubernetes takes it: %s', (typed) => {
    expect(labelPair.parse(typed)).toBe(typed);
  });

  test.each([
    ['quarantine', 'KEY=VALUE is expected'],
    ['quarantine-', '`unlabel` takes labels away'],
    ['=true', 'the key of a label'],
    ['-team=red', 'the key of a label'],
    ['team-=red', 'the key of a label'],
    ['te am=red', 'the key of a label'],
    ['téam=red', 'the key of a label'],
    [`${n(64)}=red`, 'the key of a label'],
    ['/team=red', 'the key of a label'],
    ['example.com/=red', 'the key of a label'],
    ['a/b/c=red', 'the key of a label'],
    ['Example.com/team=red', 'the key of a label'],
    ['example..com/team=red', 'the key of a label'],
    ['-example.com/team=red', 'the key of a label'],
    ['example.com./team=red', 'the key of a label'],
    [`${PREFIX_253}d/team=red`, 'the key of a label'],
    [`team=${n(64)}`, 'the value of a label'],
    ['team=-red', 'the value of a label'],
    ['team=red.', 'the value of a label'],
    ['team=red blue', 'the value of a label'],
    ['team=a=b', 'the value of a label'],
    ['team=red\n', 'the value of a label'],
    ['team\n=red', 'the key of a label'],
    ['firebreak.dev/case=x', 'set by Firebreak itself'],
    ['sub.firebreak.dev/x=x', 'set by Firebreak itself'],
    ['kubernetes.io/hostname=x', 'steer Kubernetes itself'],
    ['app.kubernetes.io/name=x', 'steer Kubernetes itself'],
    ['node-role.kubernetes.io/control-plane=', 'steer Kubernetes itself'],
    ['k8s.io/x=x', 'steer Kubernetes itself'],
    ['topology.k8s.io/zone=x', 'steer Kubernetes itself'],
  ])('is refused with its reason: %j', (typed, reason) => {
    expect(why(labelPair, typed)).toContain(reason);
  });
});

describe('a label to take off', () => {
  test.each([
    ['quarantine', 'quarantine'],
    ['quarantine-', 'quarantine'],
    ['example.com/team', 'example.com/team'],
  ])('is named by its key: %s', (typed, key) => expect(labelKey.parse(typed)).toBe(key));

  test.each([
    ['quarantine=true', 'only the KEY'],
    ['', 'the key of a label'],
    ['-', 'the key of a label'],
    ['team--', 'the key of a label'],
    ['firebreak.dev/case', 'set by Firebreak itself'],
    ['node-role.kubernetes.io/control-plane-', 'steer Kubernetes itself'],
  ])('is refused with its reason: %j', (typed, reason) => {
    expect(why(labelKey, typed)).toContain(reason);
  });
});
