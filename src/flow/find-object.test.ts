import { describe, expect, test } from 'vitest';
import type { ClusterReader } from '../core/cluster.ts';
import type { ClusterEntry } from '../core/cluster-entry.ts';
import { FirebreakError } from '../core/firebreak-error.ts';
import { DEFAULT_FOOTHOLDS, DEFAULT_ISOLATION } from '../core/foothold.ts';
import { findObject } from './find-object.ts';

const signal = new AbortController().signal;
const pod = (namespace: string, name: string) => ({
  metadata: { name, namespace, uid: `${namespace}/${name}` },
  spec: { containers: [] },
  status: { phase: 'Running' },
});
const PODS = [pod('payments', 'checkout'), pod('payments', 'x'), pod('staging', 'x'), pod('dev', 'ledger')];

const reader: ClusterReader = {
  get: async ({ namespace, name }) => {
    const found = PODS.find(({ metadata }) => metadata.namespace === namespace && metadata.name === name);
    if (found !== undefined) return found;
    throw new FirebreakError({ code: 'not-found', message: 'No.', next: 'Look.' });
  },
  list: async ({ namespace }, { fieldSelector }) =>
    PODS.filter(
      ({ metadata }) =>
        (namespace === undefined || metadata.namespace === namespace) &&
        (fieldSelector === undefined || fieldSelector === `metadata.name=${metadata.name}`),
    ),
  allowed: async () => true,
  allowedFor: async () => true,
  version: async () => '',
};
const entry = (...namespaces: readonly string[]): ClusterEntry => ({
  ...{ name: 'prod', provider: 'kubeconfig', namespaces, identities: 'one for all', parts: [] },
  guard: { floorApprovals: 0, protectedNamespaces: [], protectedLabels: {} },
  ...{ footholds: DEFAULT_FOOTHOLDS, isolation: DEFAULT_ISOLATION },
});
const find = (of: ClusterEntry, name: string, namespace?: string) =>
  findObject(reader, of, { kind: 'pod', name, ...(namespace === undefined ? {} : { namespace }) }, signal);

describe('a pod by its name', () => {
  test('is found in the namespace that was given', async () => {
    expect(await find(entry(), 'x', 'staging')).toMatchObject({
      kind: 'found',
      lookedUp: 'given',
      metadata: { uid: 'staging/x' },
    });
  });

  test('is looked up in the allowed namespaces alone', async () => {
    expect(await find(entry('payments', 'dev'), 'x')).toMatchObject({
      kind: 'found',
      lookedUp: 'looked up',
      metadata: { uid: 'payments/x' },
    });
  });

  test('that is in several is offered in each', async () => {
    const several = { kind: 'several', namespaces: ['payments', 'staging'] };
    expect(await find(entry('payments', 'staging'), 'x')).toEqual(several);
    expect(await find(entry(), 'x')).toEqual(several);
  });

  test('in a namespace that is not allowed is refused before anything is read', async () => {
    await expect(find(entry('payments'), 'x', 'staging')).rejects.toMatchObject({ code: 'policy-refused' });
  });

  test.each([
    { of: entry('payments'), where: 'the namespace payments' },
    { of: entry('payments', 'staging'), where: 'the namespaces payments, staging' },
    { of: entry(), where: 'any namespace' },
  ])('that is not in $where is answered with the nearest one', async ({ of, where }) => {
    await expect(find(of, 'chekout')).rejects.toMatchObject({
      code: 'not-found',
      message: `There is no pod chekout in ${where} of prod.`,
      next: 'Did you mean `pod/checkout -n payments`?',
    });
  });

  test('is answered in a cluster of thousands of pods too', async () => {
    const many = Array.from({ length: 5_000 }, (_, index) =>
      pod('shop', `cart-5d8f7c9b4-${String(index).padStart(5, '0')}`),
    );
    const crowded: ClusterReader = {
      ...reader,
      list: async (_path, { fieldSelector }) =>
        fieldSelector === undefined ? [...many, { metadata: {} }] : [],
    };
    await expect(
      findObject(crowded, entry(), { kind: 'pod', name: 'cart-5d8f7c9b4-04x99' }, signal),
    ).rejects.toMatchObject({
      next: expect.stringContaining('Did you mean `pod/cart-5d8f7c9b4-04'),
    });
  });

  test('that is not there is not there, even where nothing may be listed to find a near name', async () => {
    const barred: ClusterReader = {
      ...reader,
      list: () => Promise.reject(new FirebreakError({ code: 'not-allowed', message: 'No.', next: 'Ask.' })),
    };
    await expect(
      findObject(barred, entry('payments'), { kind: 'pod', name: 'chekout' }, signal),
    ).rejects.toMatchObject({
      code: 'not-found',
    });
  });

  test('that is like no other gets a hint about replaced pods', async () => {
    await expect(find(entry('dev'), 'something-else')).rejects.toMatchObject({
      next: expect.stringContaining('a pod that was replaced has a new one'),
    });
  });
});
