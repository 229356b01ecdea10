import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { findHostTool } from '../../sandbox/cluster/runtime/host-tools.ts';
import { callApi } from '../../sandbox/cluster/testing/call-api.ts';
import { grantHold } from './grant-hold.ts';
import { wordsOf } from './message-words.ts';
import { BY_HAND, type Scenario, startScenario } from './scenario.ts';
import { APPROVERS } from './scenario-config.ts';

const kubectlPath = findHostTool('kubectl');
const POD = { group: '', resource: 'pods', namespace: 'payments', name: 'x' } as const;
const LABELS = { app: 'checkout', 'pod-template-hash': '7d9f8b6c54' };
const POD_HOLD = {
  'cluster-autoscaler.kubernetes.io/safe-to-evict': 'false',
  'karpenter.sh/do-not-disrupt': 'true',
};
const NODE_HOLD = {
  'cluster-autoscaler.kubernetes.io/scale-down-disabled': 'true',
  'karpenter.sh/do-not-disrupt': 'true',
};
const MADE = {
  budget: { group: 'policy', resource: 'poddisruptionbudgets', namespace: 'payments' },
  policy: {
    group: 'admissionregistration.k8s.io',
    resource: 'validatingadmissionpolicies',
    namespace: '',
  },
  binding: {
    group: 'admissionregistration.k8s.io',
    resource: 'validatingadmissionpolicybindings',
    namespace: '',
  },
} as const;

let scenario: Scenario;
beforeEach(async () => {
  scenario = await startScenario({
    cluster: { containers: 'no shell', controllers: 'on' },
    slack: { rateLimits: 'off' },
    config: { rules: [{ verbs: ['*'], approvals: 1, approvers: [APPROVERS] }] },
  });
  grantHold(scenario.incident.cluster);
  await scenario.start();
}, 60_000);
afterEach(async () => {
  try {
    expect(await scenario.violations()).toEqual([]);
  } finally {
    await scenario[Symbol.asyncDispose]();
  }
});

const pod = () => scenario.incident.cluster.object(POD);
const node = () =>
  scenario.incident.cluster.object({
    group: '',
    resource: 'nodes',
    namespace: '',
    name: String(Object(pod()?.['spec']).nodeName),
  });
const made = (what: keyof typeof MADE, run: string) =>
  scenario.incident.cluster.object({ ...MADE[what], name: `firebreak-${run.toLowerCase()}` });
const evict = async (name = 'x') => {
  await scenario.incident.cluster.settled();
  return callApi(scenario.incident.cluster, {
    ...{ method: 'POST', path: `/api/v1/namespaces/payments/pods/${name}/eviction` },
    body: { apiVersion: 'policy/v1', kind: 'Eviction', metadata: { name, namespace: 'payments' } },
  });
};
const kubectl = (...args: readonly string[]): Promise<string> =>
  new Promise((resolve) => {
    const KUBECONFIG = join(scenario.dataDir, 'by-hand');
    scenario.incident.cluster.writeKubeconfig(KUBECONFIG, BY_HAND);
    const env = { ...process.env, HOME: scenario.dataDir, KUBECONFIG };
    execFile(kubectlPath ?? 'kubectl', args, { env }, (_error, stdout, stderr) => resolve(stdout + stderr));
  });

describe.skipIf(kubectlPath === undefined)('a held pod', () => {
  test('survives eviction and deletion, and after unhold neither', async () => {
    const uid = pod()?.metadata.uid;
    const { run } = await scenario.does('hold pod/x --reason "it beacons"');
    expect(pod()?.metadata).toMatchObject({
      labels: { ...LABELS, 'firebreak.dev/held-by': run },
      annotations: { ...POD_HOLD, 'firebreak.dev/run': run },
    });
    expect(node()?.metadata.annotations).toMatchObject({ ...NODE_HOLD, 'firebreak.dev/run': run });
    expect(made('budget', run)?.['spec']).toMatchObject({
      minAvailable: 1,
      selector: { matchLabels: { 'firebreak.dev/held-by': run } },
    });
    expect(await kubectl('delete', 'pod', 'x', '-n', 'payments')).toContain(`Held by ${run}`);
    expect((await evict()).status).toBe(403);
    await kubectl('delete', 'validatingadmissionpolicybinding', `firebreak-${run.toLowerCase()}`);
    const byBudget = await evict();
    expect(byBudget.status).toBe(429);
    expect(byBudget.text).toContain(
      `The disruption budget firebreak-${run.toLowerCase()} needs 1 healthy pods`,
    );
    expect(pod()?.metadata.uid).toBe(uid);

    const end = await scenario.does('unhold pod/x --reason "case closed"');
    expect(pod()?.metadata.labels).toEqual(LABELS);
    expect(pod()?.metadata.annotations ?? {}).toEqual({});
    expect(node()?.metadata.annotations ?? {}).not.toHaveProperty(['firebreak.dev/run']);
    for (const what of ['budget', 'policy', 'binding'] as const) expect(made(what, run)).toBeUndefined();
    expect(wordsOf((await scenario.shown(end.run, 'end')).blocks)).toContain('is no longer held');
    expect(await scenario.told('in-force')).toContain('holds nothing');
    expect((await evict()).status).toBe(201);
  }, 60_000);
});
