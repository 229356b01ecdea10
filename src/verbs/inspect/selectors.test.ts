import { describe, expect, test } from 'vitest';
import type { ClusterReader } from '../../core/cluster.ts';
import { FirebreakError } from '../../core/firebreak-error.ts';
import { podSchema } from '../../core/pod.ts';
import { inspectSelectors } from './selectors.ts';

const pod = podSchema.parse({
  metadata: { name: 'x', namespace: 'payments', uid: 'u', labels: { app: 'checkout', tier: 'web' } },
  spec: { containers: [] },
  status: { phase: 'Running' },
});

const reader = (objects: {
  readonly services?: readonly unknown[];
  readonly networkpolicies?: readonly unknown[] | 'forbidden';
}): ClusterReader => ({
  get: () => Promise.reject(new Error('not asked')),
  allowed: async () => true,
  allowedFor: async () => true,
  version: async () => 'v1.36.2',
  list: async ({ resource }) => {
    const found = resource === 'services' ? objects.services : objects.networkpolicies;
    if (found === 'forbidden')
      throw new FirebreakError({ code: 'not-allowed', message: 'It may not list them.', next: 'Grant it.' });
    return found ?? [];
  },
});

const linesOf = async (objects: Parameters<typeof reader>[0]) => {
  const [services, policies] = await inspectSelectors(reader(objects), pod, new AbortController().signal);
  return { services: services?.lines, policies: policies?.lines };
};

const policy = (name: string, podSelector: unknown, policyTypes?: readonly string[]) => ({
  metadata: { name },
  spec: { podSelector, ...(policyTypes === undefined ? {} : { policyTypes }) },
});
const expression = (operator: string, key: string, values?: readonly string[]) => ({
  matchExpressions: [{ key, operator, ...(values === undefined ? {} : { values }) }],
});

describe('Services that select a pod', () => {
  test('match all of their labels, and one without a selector selects nothing', async () => {
    const service = (name: string, selector?: unknown) => ({
      metadata: { name },
      spec: { ports: [{ port: 80 }], ...(selector === undefined ? {} : { selector }) },
    });
    const { services } = await linesOf({
      services: [
        service('all', { app: 'checkout', tier: 'web' }),
        service('part', { app: 'checkout', tier: 'db' }),
        service('none'),
        service('empty', {}),
        service('null', null),
      ],
    });
    expect(services).toEqual(['all: ClusterIP 80/TCP']);
  });
});

describe('NetworkPolicies that select a pod', () => {
  test.each([
    { what: 'an empty selector, which selects every pod', selector: {}, selects: true },
    { what: 'equal labels', selector: { matchLabels: { app: 'checkout' } }, selects: true },
    { what: 'another label', selector: { matchLabels: { app: 'ledger' } }, selects: false },
    { what: 'In with the value', selector: expression('In', 'tier', ['db', 'web']), selects: true },
    { what: 'In without the value', selector: expression('In', 'tier', ['db']), selects: false },
    { what: 'In with a key that is not there', selector: expression('In', 'zone', ['a']), selects: false },
    { what: 'NotIn with the value', selector: expression('NotIn', 'tier', ['web']), selects: false },
    {
      what: 'NotIn with a key that is not there',
      selector: expression('NotIn', 'zone', ['a']),
      selects: true,
    },
    { what: 'Exists', selector: expression('Exists', 'tier'), selects: true },
    { what: 'Exists with a key that is not there', selector: expression('Exists', 'zone'), selects: false },
    { what: 'DoesNotExist', selector: expression('DoesNotExist', 'zone'), selects: true },
    {
      what: 'DoesNotExist with a key that is there',
      selector: expression('DoesNotExist', 'tier'),
      selects: false,
    },
    {
      what: 'labels that match and an expression that does not',
      selector: { matchLabels: { app: 'checkout' }, ...expression('Exists', 'zone') },
      selects: false,
    },
  ])('by $what: $selects', async ({ selector, selects }) => {
    const { policies } = await linesOf({ networkpolicies: [policy('one', selector, ['Ingress', 'Egress'])] });
    expect(policies).toEqual(selects ? ['one: Ingress, Egress'] : ['none: all traffic is allowed']);
  });

  test('that may not be read are said to be unread, not to be absent', async () => {
    const { policies, services } = await linesOf({ networkpolicies: 'forbidden' });
    expect(policies).toEqual(['It may not list them.']);
    expect(services).toEqual(['none']);
  });
});
