import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { findHostTool } from './runtime/host-tools.ts';
import type { StandInCluster } from './stand-in-cluster.ts';
import { startCluster } from './start-cluster.ts';
import { callApi } from './testing/call-api.ts';

const POD = { group: '', resource: 'pods', namespace: 'payments', name: 'x' } as const;
const NODE = { group: '', resource: 'nodes', namespace: '', name: 'node-a' } as const;
const PATH = '/api/v1/namespaces/payments/pods/x';
const MERGE = { 'content-type': 'application/merge-patch+json' };
const kubectlPath = findHostTool('kubectl');

let cluster: StandInCluster;
let folder: string;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'stand-in-changes-'));
  cluster = await startCluster({ containers: 'no shell' });
}, 30_000);
afterAll(async () => {
  await cluster.close();
  rmSync(folder, { recursive: true });
});
beforeEach(() => cluster.faults.clear());

const patch = (body: unknown, more: { readonly path?: string; readonly token?: string } = {}) =>
  callApi(cluster, { method: 'PATCH', path: PATH, headers: MERGE, body, ...more });
const pod = () => cluster.object(POD)?.metadata;
const label = (value: string | null) => ({ metadata: { labels: { quarantine: value } } });

describe('a patch', () => {
  it('merges, removes by null, and moves the resourceVersion on', async () => {
    const before = pod()?.resourceVersion;
    expect((await patch(label('true'))).status).toBe(200);
    expect(pod()).toMatchObject({ labels: { app: 'checkout', quarantine: 'true' } });
    expect(pod()?.resourceVersion).not.toBe(before);
    await patch(label(null));
    expect(pod()?.labels).not.toHaveProperty('quarantine');
  });

  it('that changes nothing keeps the resourceVersion', async () => {
    await patch(label('true'));
    const before = pod()?.resourceVersion;
    await patch(label('true'));
    expect(pod()?.resourceVersion).toBe(before);
  });

  it('is kept by nobody on a dry run, and answered as if it were', async () => {
    await patch(label(null));
    const before = pod()?.resourceVersion;
    const { status, json } = await patch(label('true'), { path: `${PATH}?dryRun=All` });
    expect({ status, json }).toMatchObject({
      status: 200,
      json: { metadata: { labels: { quarantine: 'true' } } },
    });
    expect(pod()).toMatchObject({ resourceVersion: before });
    expect(pod()?.labels).not.toHaveProperty('quarantine');
    expect((await patch(label('true'), { path: `${PATH}?dryRun=Some` })).status).toBe(422);
  });

  it('names who wrote which field', async () => {
    await patch(label('maybe'), { path: `${PATH}?fieldManager=firebreak` });
    expect(pod()).toMatchObject({
      managedFields: expect.arrayContaining([
        expect.objectContaining({
          manager: 'firebreak',
          operation: 'Update',
          fieldsV1: expect.objectContaining({
            'f:metadata': expect.objectContaining({ 'f:labels': { 'f:quarantine': {} } }),
          }),
        }),
      ]),
    });
  });

  it('of an older resourceVersion loses', async () => {
    const { resourceVersion } = pod() ?? {};
    await patch(label('first'));
    const late = await patch({ metadata: { resourceVersion, labels: { quarantine: 'second' } } });
    expect(late.json).toMatchObject({ code: 409, reason: 'Conflict' });
    expect(pod()).toMatchObject({ labels: { quarantine: 'first' } });
  });

  it('of the pod template goes through, of a pod’s containers it does not', async () => {
    const spec = { spec: { containers: [{ name: 'app', image: 'other' }] } };
    expect((await patch(spec)).json).toMatchObject({ code: 422 });
  });

  it('is for who may', async () => {
    const { json } = await patch(label('true'), { token: cluster.token('reader') });
    expect(json).toMatchObject({
      code: 403,
      message: expect.stringContaining('User "reader" cannot patch resource "pods"'),
    });
    const asked = { verb: 'patch', resource: 'nodes' };
    const review = (user: string) =>
      callApi(cluster, {
        method: 'POST',
        path: '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews',
        headers: { 'content-type': 'application/json' },
        body: {
          apiVersion: 'authorization.k8s.io/v1',
          kind: 'SelfSubjectAccessReview',
          spec: { resourceAttributes: asked },
        },
        token: cluster.token(user),
      });
    expect((await review('responder')).json).toMatchObject({ status: { allowed: true } });
    expect((await review('reader')).json).toMatchObject({ status: { allowed: false } });
  });
});

describe('a fault of a write', () => {
  it('holds it before it is carried out, and forgets it or goes on', async () => {
    const before = pod()?.resourceVersion;
    const held = cluster.faults.holdBefore(({ method }) => method === 'PATCH');
    const lost = patch(label('held')).catch((error: unknown) => error);
    await held.reached;
    held.release('forget');
    expect(await lost).toBeInstanceOf(Error);
    expect(pod()?.resourceVersion).toBe(before);

    const again = cluster.faults.holdBefore(({ method }) => method === 'PATCH');
    const late = patch(label('late'));
    await again.reached;
    again.release('go on');
    expect((await late).status).toBe(200);
  });

  it('loses the answer of what was carried out', async () => {
    const { remove } = cluster.faults.loseAnswer(({ method }) => method === 'PATCH');
    await expect(patch(label('unheard'))).rejects.toThrow();
    remove();
    expect(pod()).toMatchObject({ labels: { quarantine: 'unheard' } });
  });

  it('holds the answer of what was carried out', async () => {
    const held = cluster.faults.holdAnswer(({ method }) => method === 'PATCH');
    const answered = patch(label('done'));
    await held.reached;
    expect(pod()).toMatchObject({ labels: { quarantine: 'done' } });
    held.release('go on');
    expect((await answered).status).toBe(200);
  });

  it('leaves the request, its body and its status in the record', async () => {
    await patch(label('seen'), { path: `${PATH}?fieldManager=me` });
    expect(cluster.requests.at(-1)).toMatchObject({
      ...{ method: 'PATCH', verb: 'patch', resource: 'pods', status: 200 },
      body: JSON.stringify(label('seen')),
    });
  });
});

const kubectl = (...args: readonly string[]): Promise<string> => {
  const path = join(folder, 'config');
  cluster.writeKubeconfig(path, 'responder');
  return new Promise((resolve, reject) => {
    const env = { ...process.env, HOME: folder, KUBECONFIG: path };
    execFile(
      kubectlPath ?? 'kubectl',
      ['-n', 'payments', ...args],
      { env, cwd: folder },
      (error, stdout, stderr) => (error === null ? resolve(stdout) : reject(new Error(stderr))),
    );
  });
};

describe.skipIf(kubectlPath === undefined)('kubectl, where it is installed', () => {
  it('labels, overwrites on demand alone, and takes labels away', async () => {
    await patch(label(null));
    expect(await kubectl('label', 'pod/x', 'quarantine=true')).toBe('pod/x labeled\n');
    await expect(kubectl('label', 'pod/x', 'quarantine=no')).rejects.toThrow('overwrite');
    await kubectl('label', 'pod/x', 'quarantine=no', '--overwrite');
    expect(pod()).toMatchObject({ labels: { quarantine: 'no' } });
    expect(await kubectl('label', 'pod/x', 'quarantine-')).toBe('pod/x unlabeled\n');
    await expect(kubectl('label', 'pod/x', 'quarantine=not valid!')).rejects.toThrow('invalid label value');
  });

  it('annotates', async () => {
    expect(await kubectl('annotate', 'node/node-a', 'example.com/note=hello there')).toContain('annotated');
    expect(cluster.object(NODE)).toMatchObject({
      metadata: { annotations: { 'example.com/note': 'hello there' } },
    });
  });

  it('cordons and uncordons', async () => {
    expect(await kubectl('cordon', 'node-a')).toBe('node/node-a cordoned\n');
    expect(cluster.object(NODE)).toMatchObject({ spec: { unschedulable: true } });
    expect(await kubectl('get', 'node', 'node-a', '-o', 'jsonpath={.spec.unschedulable}')).toBe('true');
    expect(await kubectl('uncordon', 'node-a')).toBe('node/node-a uncordoned\n');
    expect(cluster.object(NODE)?.['spec']).not.toMatchObject({ unschedulable: true });
  });

  it('patches by merge, by JSON patch and strategically', async () => {
    const merge = '{"metadata":{"annotations":{"example.com/note":null}},"spec":{"unschedulable":null}}';
    await kubectl('patch', 'nodes/node-a', '--type=merge', '-p', merge);
    expect(cluster.object(NODE)?.metadata.annotations ?? {}).not.toHaveProperty('example.com/note');
    const json = '[{"op":"add","path":"/metadata/labels/a~1b","value":"c"}]';
    await kubectl('patch', 'pod/x', '--type=json', '-p', json);
    expect(pod()).toMatchObject({ labels: { 'a/b': 'c' } });
    await kubectl('patch', 'deployment/checkout', '-p', '{"metadata":{"labels":{"quarantine":"true"}}}');
    const deployment = { group: 'apps', resource: 'deployments', namespace: 'payments', name: 'checkout' };
    expect(cluster.object(deployment)).toMatchObject({ metadata: { labels: { quarantine: 'true' } } });
  });
});
