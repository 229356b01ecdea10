import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { AccessRule } from '../../sandbox/cluster/access/user.ts';
import type { StandInCluster } from '../../sandbox/cluster/stand-in-cluster.ts';
import { startCluster } from '../../sandbox/cluster/start-cluster.ts';
import { podOf, policy } from '../../sandbox/cluster/testing/network-scene.ts';
import { namespace, node } from '../../sandbox/cluster/world/objects.ts';
import { type ProofTargets, proofTargetsSchema, targetAddress } from '../../src/core/proof.ts';
import {
  PROOF_READS,
  proofTargets,
  type TargetsWanted,
} from '../../src/verbs/isolate/prove/proof-targets.ts';
import { renewOtherPod } from '../../src/verbs/isolate/prove/renew-other-pod.ts';
import { clientOf, fixedAccess } from '../kubernetes/client-of.ts';

const { signal } = new AbortController();
const onNodeB = { nodeName: 'node-b' };

let cluster: StandInCluster;
beforeAll(async () => {
  cluster = await startCluster({
    containers: 'no shell',
    world: {
      images: { 'registry.example/tools/echo:1': { userland: 'none', entrypoint: ['/app'] } },
      objects: [
        ...['default', 'kube-system', 'shop', 'guarded', 'lab'].map((name) => namespace(name)),
        ...[node('node-a', '10.88.0.1'), node('node-b', '10.88.0.2')],
        policy('deny-all', { podSelector: {}, policyTypes: ['Ingress'] }, 'guarded'),
        {
          ...{ apiVersion: 'v1', kind: 'Service', metadata: { name: 'kubernetes', namespace: 'default' } },
          spec: { clusterIP: '10.96.0.1', ports: [{ port: 6443, protocol: 'TCP' }] },
        },
        {
          ...{ apiVersion: 'v1', kind: 'Service' },
          metadata: { name: 'rke2-coredns', namespace: 'kube-system', labels: { 'k8s-app': 'kube-dns' } },
          spec: { clusterIP: '10.96.0.10', clusterIPs: ['10.96.0.10', 'fd00:96::a'], ports: [{ port: 53 }] },
        },
        {
          ...{ apiVersion: 'v1', kind: 'Service' },
          metadata: { name: 'metrics', namespace: 'kube-system', labels: { 'k8s-app': 'metrics' } },
          spec: { clusterIP: '10.96.0.99', ports: [{ port: 443 }] },
        },
      ],
      pods: [
        podOf('shop', 'web', { app: 'web' }),
        podOf('shop', 'sibling', { app: 'web' }, onNodeB),
        podOf('guarded', 'a', {}, onNodeB),
        podOf('kube-system', 'dns', {}, onNodeB),
        podOf('lab', 'agent', {}, { ...onNodeB, hostNetwork: true }),
        podOf('lab', 'near', {}),
        podOf('lab', 'far', {}, onNodeB),
      ].map((manifest) => ({ manifest })),
    },
  });
  cluster.changeObject(
    { group: '', resource: 'nodes', namespace: '', name: 'node-a' },
    { status: { daemonEndpoints: { kubeletEndpoint: { Port: 10_260 } } } },
  );
}, 30_000);
afterAll(() => cluster.close());

const podNamed = (name: string, ns = 'shop') =>
  cluster.object({ group: '', resource: 'pods', namespace: ns, name });
const addressOf = (name: string, ns: string): unknown =>
  Reflect.get(Object(podNamed(name, ns)?.['status']), 'podIP');

async function targetsAs(user: string, more: Partial<TargetsWanted> = {}): Promise<ProofTargets> {
  const client = clientOf(fixedAccess(new URL(cluster.url), cluster.caPem, cluster.token(user)));
  try {
    return await proofTargets(client, { pod: podNamed('web'), ...more }, signal);
  } finally {
    client.close();
  }
}
const hosts = ({ tries }: ProofTargets, what: string) =>
  tries.filter((one) => one.what === what).map(targetAddress);

describe('what a proof tries', () => {
  it('is found by reads alone, and can be part of a plan', async () => {
    const before = cluster.requests.length;
    const targets = await targetsAs('reader');
    expect(cluster.requests.slice(before).map(({ method }) => method)).not.toContain('POST');
    expect(proofTargetsSchema.parse(JSON.parse(JSON.stringify(targets)))).toEqual(targets);
    expect(targets.lacking).toEqual([]);
  });

  it('is the cluster’s DNS under its label, in both families and over UDP and TCP', async () => {
    expect(hosts(await targetsAs('reader'), 'cluster DNS')).toEqual([
      ...['10.96.0.10:53/udp', '10.96.0.10:53', '[fd00:96::a]:53/udp', '[fd00:96::a]:53'],
    ]);
  });

  it('is the API server’s Service, the pod’s own node and the clouds’ fixed addresses', async () => {
    const targets = await targetsAs('reader');
    expect(hosts(targets, 'API server')).toEqual(['10.96.0.1:6443']);
    expect(hosts(targets, 'kubelet')).toEqual(['10.88.0.1:10260']);
    expect(hosts(targets, 'metadata')).toEqual(['169.254.169.254:80', '[fd00:ec2::254]:80']);
    expect(hosts(targets, 'pod identity')).toEqual(['169.254.170.23:80']);
  });

  it('is a Ready pod in another namespace without policies, on another node, and not on the host’s network', async () => {
    expect(hosts(await targetsAs('reader'), 'another pod')).toEqual([
      `${String(addressOf('far', 'lab'))}:8080`,
    ]);
    cluster.setReadiness('lab', 'far', 'not ready');
    expect(hosts(await targetsAs('reader'), 'another pod')).toEqual([
      `${String(addressOf('dns', 'kube-system'))}:8080`,
    ]);
    cluster.setReadiness('lab', 'far', 'ready');
  });

  it('is the canary, where there is one', async () => {
    expect(hosts(await targetsAs('reader'), 'canary')).toEqual([]);
    const canary = { host: 'canary.example', port: 443 };
    expect(hosts(await targetsAs('reader', { canary }), 'canary')).toEqual(['canary.example:443']);
  });

  it('takes no host that a shell could read as more than a word', async () => {
    for (const host of ['-e', 'a b', "a';id;'", '$(id)', ''])
      await expect(targetsAs('reader', { canary: { host, port: 443 } })).rejects.toThrow();
  });

  it('is inward a listener on a port that is always the same for a pod, and its declared TCP ports', async () => {
    const [first, second] = [await targetsAs('reader'), await targetsAs('reader')];
    const ip = String(addressOf('web', 'shop'));
    expect(first.listenerPort).toBe(second.listenerPort);
    expect(first.listenerPort).toBeGreaterThanOrEqual(61_000);
    expect(hosts(first, 'listener')).toEqual([`${ip}:${first.listenerPort}`]);
    expect(hosts(first, 'container port')).toEqual([`${ip}:8080`, `${ip}:9090`]);
    const other = await targetsAs('reader', { pod: podNamed('sibling') });
    expect(other.listenerPort).not.toBe(first.listenerPort);
  });
});

describe('a proof that is repeated', () => {
  it('tries a pod that is there now, and else what was planned', async () => {
    const client = clientOf(fixedAccess(new URL(cluster.url), cluster.caPem, cluster.token('reader')));
    const planned = await targetsAs('reader');
    await cluster.replacePod('lab', 'far');
    const renewed = await renewOtherPod(client, planned, podNamed('web'), signal);
    client.close();
    expect(hosts(planned, 'another pod')).not.toEqual(hosts(renewed, 'another pod'));
    expect(hosts(renewed, 'another pod')).toEqual([`${String(addressOf('far', 'lab'))}:8080`]);
    const others = ({ tries }: ProofTargets) => tries.filter(({ what }) => what !== 'another pod');
    expect(others(renewed)).toEqual(others(planned));
  });
});

describe('what may not be read', () => {
  it('is not tried, which is said', async () => {
    const targets = await targetsAs('nobody');
    expect(targets.lacking).toHaveLength(3);
    // The pod itself says where its node is.
    expect(hosts(targets, 'kubelet')).toEqual(['10.88.0.1:10250']);
    expect(hosts(targets, 'metadata')).toHaveLength(2);
    expect(targets.lacking.every((line) => line.endsWith('.'))).toBe(true);
  });

  it('is no more than what the proof says it reads', async () => {
    const rules: readonly AccessRule[] = PROOF_READS.map(({ verb, group, resource }) => ({
      ...{ verbs: [verb], apiGroups: [group], resources: [resource] },
    }));
    cluster.addUser('prover', rules);
    expect(await targetsAs('prover')).toEqual(await targetsAs('admin'));
  });
});
