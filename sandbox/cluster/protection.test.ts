import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { findHostTool } from './runtime/host-tools.ts';
import type { StandInCluster } from './stand-in-cluster.ts';
import { startCluster } from './start-cluster.ts';
import { callApi } from './testing/call-api.ts';

const PODS = '/api/v1/namespaces/payments/pods';
const BUDGET = (spec: string) => `apiVersion: policy/v1
kind: PodDisruptionBudget
metadata: {name: hold, namespace: payments}
spec: {${spec}, selector: {matchLabels: {firebreak.dev/case: FB-1}}}
`;
const POLICY = (uid: string) => `apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicy
metadata: {name: hold-fb-1}
spec:
  failurePolicy: Ignore
  matchConstraints:
    namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: payments}}
    resourceRules:
    - {apiGroups: [""], apiVersions: [v1], operations: [DELETE], resources: [pods]}
    - {apiGroups: [""], apiVersions: [v1], operations: [CREATE], resources: [pods/eviction]}
  validations:
  - expression: "request.operation != 'DELETE' || !(oldObject.metadata.uid in ['${uid}'])"
    message: held by case FB-1
  - expression: "request.operation != 'CREATE' || !(request.name in ['x'])"
    message: held by case FB-1
`;
const BINDING = (actions = '[Deny]') => `---
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicyBinding
metadata: {name: hold-fb-1}
spec: {policyName: hold-fb-1, validationActions: ${actions}}
`;
const kubectlPath = findHostTool('kubectl');

let cluster: StandInCluster;
let folder: string;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'stand-in-protection-'));
  cluster = await startCluster({ containers: 'no shell', controllers: 'on' });
  await cluster.settled();
  cluster.writeKubeconfig(join(folder, 'config'));
});
afterEach(async () => {
  await cluster.close();
  rmSync(folder, { recursive: true });
});

const pod = (name = 'x') => cluster.object({ group: '', resource: 'pods', namespace: 'payments', name });
const kubectl = (args: readonly string[], input = ''): Promise<string> =>
  new Promise((resolve) => {
    const env = { ...process.env, HOME: folder, KUBECONFIG: join(folder, 'config') };
    const child = execFile(kubectlPath ?? 'kubectl', args, { env }, (_error, stdout, stderr) =>
      resolve(stdout + stderr),
    );
    child.stdin?.end(input);
  });
const apply = (manifest: string) =>
  kubectl(['apply', '--server-side', '--field-manager', 'firebreak', '-f', '-'], manifest);
async function evict(name = 'x', query = '') {
  const answer = await callApi(cluster, {
    ...{ method: 'POST', path: `${PODS}/${name}/eviction${query}` },
    body: { apiVersion: 'policy/v1', kind: 'Eviction', metadata: { name, namespace: 'payments' } },
  });
  await cluster.settled();
  return answer;
}
async function label(name: string): Promise<void> {
  cluster.changeObject(
    { group: '', resource: 'pods', namespace: 'payments', name },
    { metadata: { labels: { 'firebreak.dev/case': 'FB-1' } } },
  );
  await cluster.settled();
}
const budget = () =>
  cluster.object({ group: 'policy', resource: 'poddisruptionbudgets', namespace: 'payments', name: 'hold' });

describe.skipIf(kubectlPath === undefined)('a PodDisruptionBudget on one label', () => {
  it('stops the eviction of a pod that it selects, and of no other', async () => {
    await label('x');
    expect(await apply(BUDGET('minAvailable: 1'))).toContain('serverside-applied');
    await cluster.settled();
    expect(budget()?.['status']).toMatchObject({
      currentHealthy: 1,
      desiredHealthy: 1,
      disruptionsAllowed: 0,
    });
    const refused = await evict();
    expect(refused.status).toBe(429);
    expect(refused.text).toContain('The disruption budget hold needs 1 healthy pods and has 1 currently');
    expect((await evict('multi')).status).toBe(201);
    expect(pod('multi')).toBeUndefined();
  });

  it('also stops it when the pod is not Ready', async () => {
    await label('x');
    await apply(BUDGET('minAvailable: 1'));
    cluster.setReadiness('payments', 'x', 'not ready');
    await cluster.settled();
    expect((await evict()).status).toBe(429);
  });

  it('lets an unready pod go that AlwaysAllow speaks of', async () => {
    await label('x');
    await apply(BUDGET('minAvailable: 1, unhealthyPodEvictionPolicy: AlwaysAllow'));
    cluster.setReadiness('payments', 'x', 'not ready');
    await cluster.settled();
    expect((await evict()).status).toBe(201);
  });

  it.each(['x', 'multi'])(
    'stops it by maxUnavailable 0 for %s, whether it has a controller or not',
    async (name) => {
      await label(name);
      await apply(BUDGET('maxUnavailable: 0'));
      await cluster.settled();
      expect((await evict(name)).status).toBe(429);
    },
  );

  it('lets one go by maxUnavailable 0 when it selects a pod of nobody beside one of a controller', async () => {
    await label('x');
    await label('multi');
    await apply(BUDGET('maxUnavailable: 0'));
    await cluster.settled();
    expect(budget()?.['status']).toMatchObject({ expectedPods: 1, currentHealthy: 2, disruptionsAllowed: 1 });
  });

  it('says that it is not ready before anyone has counted', async () => {
    await label('x');
    await cluster.close();
    cluster = await startCluster({ containers: 'no shell' });
    cluster.writeKubeconfig(join(folder, 'config'));
    await label('x');
    await apply(BUDGET('minAvailable: 0'));
    const refused = await evict();
    expect(refused.status).toBe(429);
    expect(refused.json).toMatchObject({ details: { retryAfterSeconds: 10 } });
    expect(refused.text).toContain('still being processed');
  });

  it('counts down with each eviction that it allows', async () => {
    await label('x');
    await label('multi');
    await apply(BUDGET('minAvailable: 1'));
    await cluster.settled();
    expect((await evict('x', '?dryRun=All')).status).toBe(201);
    expect(pod()).toBeDefined();
    expect((await evict('multi')).status).toBe(201);
    expect((await evict('x')).status).toBe(429);
  });

  it('does not stop a plain deletion', async () => {
    await label('x');
    await apply(BUDGET('minAvailable: 1'));
    await cluster.settled();
    expect((await callApi(cluster, { method: 'DELETE', path: `${PODS}/x` })).status).toBe(200);
  });
});

describe.skipIf(kubectlPath === undefined)('a ValidatingAdmissionPolicy that names UIDs', () => {
  const uid = () => pod()?.metadata.uid ?? '';

  it('denies the deletion of that pod, in the words of the API server', async () => {
    expect(await apply(POLICY(uid()) + BINDING())).toContain('serverside-applied');
    const refused = await callApi(cluster, { method: 'DELETE', path: `${PODS}/x` });
    const why =
      "ValidatingAdmissionPolicy 'hold-fb-1' with binding 'hold-fb-1' denied request: held by case FB-1";
    expect(refused.json).toEqual({
      ...{ kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Failure', code: 422, reason: 'Invalid' },
      message: `pods "x" is forbidden: ${why}`,
      details: { name: 'x', kind: 'pods', causes: [{ message: why }] },
    });
    expect(await kubectl(['-n', 'payments', 'delete', 'pod', 'x'])).toContain('held by case FB-1');
    expect(pod()?.metadata.deletionTimestamp).toBeUndefined();
    expect((await callApi(cluster, { method: 'DELETE', path: `${PODS}/multi` })).status).toBe(200);
  });

  it('denies its eviction by name, because admission does not see the deletion behind it', async () => {
    await apply(POLICY(uid()) + BINDING());
    expect((await evict()).text).toContain('held by case FB-1');
    expect((await evict('multi')).status).toBe(201);
    await apply(POLICY(uid()).replace(/ {2}- expression: "request.operation != 'CREATE'.*\n.*\n/, ''));
    expect((await evict()).status).toBe(201);
  });

  it('lets an eviction pass by UID alone, although the deletion behind it is of that pod', async () => {
    const rules = 'operations: [DELETE, CREATE], resources: [pods, pods/eviction]}';
    await apply(
      POLICY(uid())
        .replace('operations: [DELETE], resources: [pods]}', rules)
        .replace("request.operation != 'DELETE' || ", '')
        .replace("in ['x']", "in ['another']") + BINDING(),
    );
    expect((await callApi(cluster, { method: 'DELETE', path: `${PODS}/x?dryRun=All` })).status).toBe(422);
    expect((await evict()).status).toBe(201);
  });

  it('denies it to a controller as well', async () => {
    await apply(POLICY(uid()) + BINDING());
    const before = uid();
    const set = {
      group: 'apps',
      resource: 'replicasets',
      namespace: 'payments',
      name: 'checkout-7d9f8b6c54',
    };
    const deployment = { ...set, resource: 'deployments', name: 'checkout' };
    cluster.changeObject(deployment, { spec: { replicas: 0 } });
    await cluster.settled();
    expect(pod()?.metadata.uid).toBe(before);
    const events = await callApi(cluster, { path: '/api/v1/namespaces/payments/events' });
    expect(events.text).toContain('FailedDelete');
  });

  it('does nothing without a binding that denies, nor after it is gone', async () => {
    const isAllowed = async () =>
      (await callApi(cluster, { method: 'DELETE', path: `${PODS}/x?dryRun=All` })).status === 200;
    await apply(POLICY(uid()));
    expect(await isAllowed()).toBe(true);
    await apply(BINDING('[Audit]'));
    expect(await isAllowed()).toBe(true);
    await apply(BINDING());
    expect(await isAllowed()).toBe(false);
    await kubectl(['delete', 'validatingadmissionpolicy', 'hold-fb-1']);
    expect(await isAllowed()).toBe(true);
  });

  it('finds a namespace that was just made by its name', async () => {
    await callApi(cluster, {
      ...{ method: 'POST', path: '/api/v1/namespaces' },
      body: { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'new', labels: { team: 'a' } } },
    });
    const key = { group: '', resource: 'namespaces', namespace: '', name: 'new' };
    expect(cluster.object(key)?.metadata.labels).toEqual({ team: 'a', 'kubernetes.io/metadata.name': 'new' });
  });

  it('does nothing for another pod of that name', async () => {
    await apply(
      POLICY(uid()).replace(/ {2}- expression: "request.operation != 'CREATE'.*\n.*\n/, '') + BINDING(),
    );
    await cluster.replacePod('payments', 'x');
    expect((await callApi(cluster, { method: 'DELETE', path: `${PODS}/x` })).status).toBe(200);
  });

  it('is refused with an expression that the stand-in would not enforce', async () => {
    const said = await apply(
      POLICY(uid()).replace("!(request.name in ['x'])", 'object.metadata.name.size() > 3'),
    );
    expect(said).toContain('the stand-in does not understand it');
    expect(await apply(POLICY(uid()).replace('[DELETE]', '[UPDATE]'))).toContain(
      'the stand-in does not enforce this',
    );
  });
});

describe.skipIf(kubectlPath === undefined)('a pod that is applied on the server', () => {
  it('is started as one that is created', async () => {
    const manifest = `apiVersion: v1
kind: Pod
metadata: {name: probe, namespace: payments}
spec:
  restartPolicy: Never
  containers: [{name: probe, image: "registry.example/tools/proxy:1.9"}]
`;
    expect(await apply(manifest)).toContain('serverside-applied');
    await cluster.settled();
    expect(pod('probe')?.['status']).toMatchObject({ phase: 'Running' });
    expect(pod('probe')?.metadata.managedFields?.map((one) => `${one.manager} ${one.operation}`)).toContain(
      'firebreak Apply',
    );
  });
});
