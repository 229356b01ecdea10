import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findHostTool } from './runtime/host-tools.ts';
import type { StandInCluster } from './stand-in-cluster.ts';
import { startCluster } from './start-cluster.ts';

const POD = { group: '', resource: 'pods', namespace: 'payments', name: 'x' } as const;
const NODE = { group: '', resource: 'nodes', namespace: '', name: 'node-a' } as const;
const POLICY = (app: string) => `apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: deny}
spec:
  podSelector: {matchLabels: {app: ${app}}}
  policyTypes: [Ingress]
`;
const MADE = `apiVersion: v1
kind: Pod
metadata: {name: made}
spec:
  terminationGracePeriodSeconds: 1
  containers: [{name: app, image: "registry.example/tools/proxy:1.9"}]
`;
const kubectlPath = findHostTool('kubectl');

let cluster: StandInCluster;
let folder: string;

const kubectlAs = (user: string, args: readonly string[], input = ''): Promise<string> => {
  const path = join(folder, user);
  cluster.writeKubeconfig(path, user);
  return new Promise((resolve, reject) => {
    const env = { ...process.env, HOME: folder, KUBECONFIG: path };
    const child = execFile(
      kubectlPath ?? 'kubectl',
      ['-n', 'payments', ...args],
      { env, cwd: folder },
      (error, stdout, stderr) => (error === null ? resolve(stdout) : reject(new Error(`${stdout}${stderr}`))),
    );
    child.stdin?.end(input);
  });
};
const kubectl = (...args: readonly string[]) => kubectlAs('responder', args);
const admin = (args: readonly string[], input = '') => kubectlAs('admin', args, input);
const pod = () => cluster.object(POD)?.metadata;

describe.skipIf(kubectlPath === undefined)('kubectl, where it is installed', () => {
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'stand-in-kubectl-writes-'));
    cluster = await startCluster({ containers: 'no shell' });
  }, 30_000);
  afterAll(async () => {
    await cluster.close();
    rmSync(folder, { recursive: true });
  });

  it('labels, overwrites on demand alone, and takes labels away', async () => {
    expect(await kubectl('label', 'pod/x', 'quarantine=true')).toBe('pod/x labeled\n');
    await expect(kubectl('label', 'pod/x', 'quarantine=no')).rejects.toThrow('overwrite');
    await kubectl('label', 'pod/x', 'quarantine=no', '--overwrite', '--dry-run=server');
    expect(pod()).toMatchObject({ labels: { quarantine: 'true' } });
    await kubectl('label', 'pod/x', 'quarantine=no', '--overwrite');
    expect(pod()).toMatchObject({ labels: { quarantine: 'no' } });
    expect(await kubectl('label', 'pod/x', 'quarantine-')).toBe('pod/x unlabeled\n');
    expect(pod()?.labels).not.toHaveProperty('quarantine');
    await expect(kubectl('label', 'pod/x', 'quarantine=not valid!')).rejects.toThrow('invalid label value');
  });

  it('labels each kind of workload, and leaves its pod template', async () => {
    for (const name of ['deploy/checkout', 'rs/checkout-7d9f8b6c54', 'sts/sessions', 'ds/log-shipper']) {
      await kubectl('label', name, 'quarantine=true');
      expect(await kubectl('get', name, '-o', 'jsonpath={.metadata.labels.quarantine}')).toBe('true');
      expect(await kubectl('get', name, '-o', 'jsonpath={.spec.template.metadata.labels}')).not.toContain(
        'quarantine',
      );
    }
  });

  it('annotates', async () => {
    expect(await kubectl('annotate', 'node/node-a', 'example.com/note=hello there')).toContain('annotated');
    expect(cluster.object(NODE)).toMatchObject({
      metadata: { annotations: { 'example.com/note': 'hello there' } },
    });
  });

  it('cordons, uncordons and taints', async () => {
    expect(await kubectl('cordon', 'node-a')).toBe('node/node-a cordoned\n');
    expect(await kubectl('get', 'node', 'node-a', '-o', 'jsonpath={.spec.unschedulable}')).toBe('true');
    expect(await kubectl('uncordon', 'node-a')).toBe('node/node-a uncordoned\n');
    expect(cluster.object(NODE)?.['spec']).toEqual({});
    await kubectl('taint', 'nodes', 'node-a', 'case=open:NoSchedule');
    expect(cluster.object(NODE)).toMatchObject({
      spec: { taints: [{ key: 'case', value: 'open', effect: 'NoSchedule' }] },
    });
    await kubectl('taint', 'nodes', 'node-a', 'case-');
    expect(cluster.object(NODE)?.['spec']).toEqual({});
  });

  it('patches by merge, by JSON patch and strategically', async () => {
    const merge = '{"metadata":{"annotations":{"example.com/note":null}},"spec":{"unschedulable":null}}';
    await kubectl('patch', 'nodes/node-a', '--type=merge', '-p', merge);
    expect(cluster.object(NODE)?.metadata.annotations ?? {}).not.toHaveProperty('example.com/note');
    const json = '[{"op":"add","path":"/metadata/labels/a~1b","value":"c"}]';
    await kubectl('patch', 'pod/x', '--type=json', '-p', json);
    expect(pod()).toMatchObject({ labels: { 'a/b': 'c' } });
    const test = '[{"op":"test","path":"/metadata/labels/a~1b","value":"d"}]';
    await expect(kubectl('patch', 'pod/x', '--type=json', '-p', test)).rejects.toThrow(
      'the server rejected our request due to an error in our request',
    );
    const image = '{"spec":{"containers":[{"name":"app","image":"other:2"}]}}';
    await kubectl('patch', 'pod/x', '-p', image);
    expect(await kubectl('get', 'pod/x', '-o', 'jsonpath={.spec.containers[*].image}')).toBe('other:2');
  });

  it('applies on the server, is told of a conflict, and forces', async () => {
    const apply = ['apply', '--server-side', '-f', '-'];
    expect(await admin(apply, POLICY('one'))).toContain('deny serverside-applied');
    const other = [...apply, '--field-manager=other'];
    await expect(admin(other, POLICY('two'))).rejects.toThrow('conflict with "kubectl": .spec.podSelector');
    await admin([...other, '--force-conflicts'], POLICY('two'));
    const shown = await admin(['get', 'netpol', 'deny', '-o', 'yaml', '--show-managed-fields']);
    expect(shown).toContain('app: two');
    expect(shown.match(/^ {4}manager: \w+$/gm)).toEqual(['    manager: kubectl', '    manager: other']);
    await expect(admin(apply, POLICY('one').replace('spec:', 'spek: {}\nspec:'))).rejects.toThrow('spek');
    expect(await admin(['apply', '-f', '-'], POLICY('three'))).toContain('configured');
    expect(await admin(['delete', 'netpol', 'deny'])).toContain('deleted');
  });

  it('creates, waits for, and deletes a pod, and on a dry run does not', async () => {
    expect(await admin(['create', '-f', '-'], MADE)).toBe('pod/made created\n');
    expect(await admin(['wait', '--for=condition=Ready', 'pod/made', '--timeout=10s'])).toContain('met');
    expect(await admin(['delete', 'pod/made', '--dry-run=server'])).toContain('(server dry run)');
    expect(await admin(['get', 'pod/made', '-o', 'name'])).toBe('pod/made\n');
    expect(await admin(['delete', 'pod/made'])).toContain('deleted');
    await expect(admin(['get', 'pod/made'])).rejects.toThrow('NotFound');
  });

  it('evicts when it drains', async () => {
    const args = ['--ignore-daemonsets', '--force', '--delete-emptydir-data', '--dry-run=server'];
    expect(await admin(['drain', 'node-b', ...args])).toContain('node/node-b drained (server dry run)');
    expect(
      cluster.requests.some(({ resource, status }) => resource === 'pods/eviction' && status === 201),
    ).toBe(true);
    expect(await admin(['get', 'pod/multi', '-o', 'name'])).toBe('pod/multi\n');
  });

  it('asks what it may, in protobuf, and is told what it may not', async () => {
    expect(await kubectl('auth', 'can-i', 'patch', 'nodes')).toBe('yes\n');
    await expect(kubectlAs('reader', ['auth', 'can-i', 'patch', 'nodes'])).rejects.toThrow('no');
    await expect(kubectlAs('reader', ['label', 'node/node-a', 'a=b'])).rejects.toThrow(
      'nodes "node-a" is forbidden: User "reader" cannot patch resource "nodes" in API group "" at the cluster scope',
    );
    await expect(kubectl('delete', 'pod/x')).rejects.toThrow('cannot delete resource "pods"');
  });
});
