import { describe, expect, test } from 'vitest';
import { FirebreakError } from './firebreak-error.ts';
import { lookForEngine } from './policy-engine.ts';

const { signal } = new AbortController();

const daemonSet = (name: string, containers: readonly object[] = []) => ({
  metadata: { name },
  spec: { template: { spec: { containers } } },
});
const look = (place: string, ...sets: readonly object[]) =>
  lookForEngine({ list: async ({ namespace }) => (namespace === place ? sets : []) }, signal);

const awsNode = (args: readonly string[], env: readonly object[] = []) =>
  daemonSet('aws-node', [
    { name: 'aws-node', env },
    { name: 'aws-eks-nodeagent', args },
  ]);
const ON = '--enable-network-policy=true';

describe('the engine of network policies', () => {
  test.each([
    ['kube-system', 'calico-node', 'Calico', 'kept'],
    ['calico-system', 'calico-node', 'Calico', 'kept'],
    ['kube-system', 'canal', 'Calico (Canal)', 'kept'],
    ['kube-system', 'cilium', 'Cilium', 'cut'],
    ['kube-system', 'anetd', 'GKE Dataplane V2', 'cut'],
    ['kube-system', 'azure-npm', 'Azure Network Policy Manager', 'unknown'],
    ['kube-system', 'antrea-agent', 'Antrea', 'kept'],
    ['kube-system', 'kube-router', 'kube-router', 'unknown'],
    ['openshift-ovn-kubernetes', 'ovnkube-node', 'OVN-Kubernetes', 'unknown'],
  ])('in %s, %s is %s, and open connections are %s', async (place, set, name, connections) => {
    expect(await look(place, daemonSet('kube-proxy'), daemonSet(set))).toMatchObject({
      kind: 'found',
      engines: [{ name, connections }],
    });
  });

  test('that runs in two places is one', async () => {
    const everywhere = { list: async () => [daemonSet('calico-node')] };
    expect(await lookForEngine(everywhere, signal)).toMatchObject({ engines: [{ name: 'Calico' }] });
  });

  test('is Azure’s own build of Cilium beside Azure’s address management', async () => {
    expect(await look('kube-system', daemonSet('azure-cns'), daemonSet('cilium'))).toMatchObject({
      engines: [{ name: 'Azure CNI powered by Cilium', family: 'cilium' }],
    });
    expect(await look('kube-system', daemonSet('azure-cns'))).toMatchObject({ kind: 'none found' });
  });

  test('of Amazon VPC CNI enforces nothing before its agent is switched on', async () => {
    for (const args of [[], ['--enable-network-policy=false']])
      expect(await look('kube-system', awsNode(args))).toEqual({
        kind: 'none found',
        off: ['the policy agent of Amazon VPC CNI is off'],
      });
    expect(await look('kube-system', daemonSet('aws-node', [{ name: 'other', args: [ON] }]))).toMatchObject({
      kind: 'none found',
    });
  });

  test('of Amazon VPC CNI is told with its mode, which is standard unless set', async () => {
    const mode = (value: string) => [{ name: 'NETWORK_POLICY_ENFORCING_MODE', value }];
    const found = async (...env: readonly object[]) => await look('kube-system', awsNode([ON], env));
    const engine = { name: 'Amazon VPC CNI with its policy agent', connections: 'cut unless selected' };
    expect(await found()).toMatchObject({ engines: [{ ...engine, mode: 'standard' }] });
    expect(await found(...mode('standard'))).toMatchObject({ engines: [{ ...engine, mode: 'standard' }] });
    expect(await found(...mode('strict'))).toMatchObject({ engines: [{ ...engine, mode: 'strict' }] });
  });

  test('of GKE Dataplane V2 is never said to be off, though nothing of it says that policy is on', async () => {
    const args = ['--enable-network-policy=false', '--enable-policy=never'];
    const there = await look('kube-system', daemonSet('anetd', [{ name: 'cilium-agent', args }]));
    expect(there).toMatchObject({ kind: 'found', engines: [{ name: 'GKE Dataplane V2' }] });
    const beside = await look('kube-system', daemonSet('anetd'), daemonSet('netd'), daemonSet('aws-node'));
    expect(beside).toMatchObject({ kind: 'found', engines: [{ name: 'GKE Dataplane V2' }] });
  });

  test('that was not found is not one that nobody could look for', async () => {
    const forbidden = new FirebreakError({ code: 'not-allowed', message: 'No.', next: 'Ask.' });
    expect(await look('kube-system', daemonSet('kube-proxy'))).toEqual({ kind: 'none found', off: [] });
    expect(await lookForEngine({ list: () => Promise.reject(forbidden) }, signal)).toEqual({
      kind: 'could not look',
      seen: [],
      unseen: ['kube-system', 'calico-system', 'openshift-ovn-kubernetes'],
    });
    const half = { list: ({ namespace = '' }) => (namespace === 'kube-system' ? [] : undefined) };
    expect(
      await lookForEngine({ list: async (path) => half.list(path) ?? Promise.reject(forbidden) }, signal),
    ).toEqual({
      kind: 'could not look',
      seen: ['kube-system'],
      unseen: ['calico-system', 'openshift-ovn-kubernetes'],
    });
  });

  test('can’t be looked for in a cluster that fails', async () => {
    const failure = new FirebreakError({ code: 'cluster-timeout', message: 'Slow.', next: 'Ask again.' });
    await expect(lookForEngine({ list: () => Promise.reject(failure) }, signal)).rejects.toBe(failure);
  });
});
