import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { findHostTool } from '../../sandbox/cluster/runtime/host-tools.ts';
import { callApi } from '../../sandbox/cluster/testing/call-api.ts';
import { endJudged } from './end-judged.ts';
import { grantHold } from './grant-hold.ts';
import { wordsOf } from './message-words.ts';
import { BY_HAND, type Card, type Scenario, startScenario } from './scenario.ts';
import { APPROVERS } from './scenario-config.ts';

const kubectlPath = findHostTool('kubectl');
const POD = { group: '', resource: 'pods', namespace: 'payments', name: 'x' } as const;
const NODE = { group: '', resource: 'nodes', namespace: '', name: 'node-a' } as const;
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
beforeAll(async () => {
  scenario = await startScenario({
    cluster: { containers: 'no shell', controllers: 'on' },
    slack: { rateLimits: 'off' },
    config: {
      rules: [
        { verbs: ['unhold'], approvals: 0 },
        { verbs: ['*'], approvals: 1, approvers: [APPROVERS] },
      ],
    },
  });
  grantHold(scenario.incident.cluster);
  await scenario.start();
}, 60_000);
afterAll(() => endJudged(scenario));

const pod = () => scenario.incident.cluster.object(POD);
const node = () => scenario.incident.cluster.object(NODE);
const nameOf = (run: string): string => `firebreak-${run.toLowerCase()}`;
const made = (what: keyof typeof MADE, run: string) =>
  scenario.incident.cluster.object({ ...MADE[what], name: nameOf(run) });
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
const cardOf = ({ run }: Card): string => wordsOf(scenario.messages(run, 'card')[0]?.blocks);
const endOf = async ({ run }: Card): Promise<string> => wordsOf((await scenario.shown(run, 'end')).blocks);
const nothingLeft = async (run: string): Promise<void> => {
  expect(pod()?.metadata.labels).toEqual(LABELS);
  expect(pod()?.metadata.annotations ?? {}).toEqual({});
  expect(node()?.metadata.annotations ?? {}).toEqual({});
  for (const what of ['budget', 'policy', 'binding'] as const) expect(made(what, run)).toBeUndefined();
  expect(await scenario.told('in-force')).toContain('holds nothing');
};

describe.skipIf(kubectlPath === undefined)('a held pod', () => {
  test('is marked with its run, and so is what was made for it', async () => {
    const { run } = await scenario.does('hold pod/x --reason "it beacons"');
    expect(pod()?.metadata).toMatchObject({
      labels: { ...LABELS, 'firebreak.dev/held-by': run, 'firebreak.dev/case': 'FB-2026-0001' },
      annotations: { ...POD_HOLD, 'firebreak.dev/run': run },
    });
    expect(node()?.metadata.annotations).toEqual({ ...NODE_HOLD, 'firebreak.dev/run': run });
    for (const what of ['budget', 'policy', 'binding'] as const)
      expect(made(what, run)?.metadata).toMatchObject({
        labels: { 'firebreak.dev/case': 'FB-2026-0001' },
        annotations: { 'firebreak.dev/run': run },
      });
  });

  test('survives a deletion, an eviction and the scale-down of its controller', async () => {
    const before = pod();
    const run = before?.metadata.labels?.['firebreak.dev/held-by'] ?? '';
    expect(await kubectl('-n', 'payments', 'delete', 'pod', 'x')).toContain(`Held by ${run} of case`);
    expect((await evict()).status).toBe(403);
    await kubectl('-n', 'payments', 'scale', 'deployment/checkout', '--replicas=0');
    await scenario.incident.cluster.settled();
    await kubectl('-n', 'payments', 'scale', 'deployment/checkout', '--replicas=1');
    await scenario.incident.cluster.settled();
    expect(pod()?.metadata.uid).toBe(before?.metadata.uid);
    expect(pod()?.metadata.deletionTimestamp).toBeUndefined();
  });

  test('is not held a second time: the refusal names the run', async () => {
    const run = pod()?.metadata.labels?.['firebreak.dev/held-by'];
    expect(await scenario.told('hold pod/x')).toContain(`is already held, by ${run} (hold)`);
  });

  test('is in force, with the command that takes away each thing that was made', async () => {
    const run = pod()?.metadata.labels?.['firebreak.dev/held-by'] ?? '';
    const held = await scenario.told('in-force');
    for (const { group, resource } of Object.values(MADE))
      expect(held).toContain(`kubectl delete ${resource}.${group}/${nameOf(run)}`);
    expect(held).toContain(`label firebreak.dev/held-by: ${run}, was absent, by ${run} (hold)`);
    expect(held).toContain('annotation karpenter.sh/do-not-disrupt: true, was absent');
  });

  test('is let go by unhold, which asks for the approvals that hold needs, and is evicted again', async () => {
    const run = pod()?.metadata.labels?.['firebreak.dev/held-by'] ?? '';
    const card = await scenario.ask('unhold pod/x --reason "case closed"');
    expect(await scenario.state(card.run)).toBe('planned');
    await scenario.approve(card);
    await scenario.reached(card.run, 'succeeded');
    await nothingLeft(run);
    expect(await endOf(card)).toContain('pod/x in payments is no longer held');
    expect(await scenario.told(`undo ${card.run}`)).toContain('which an undo does not make again');
    expect(await scenario.told('unhold pod/x')).toContain('is left to end');
  });

  test('is stopped from eviction by the budget alone where no policy is made', async () => {
    const card = await scenario.ask('hold pod/x --no-admission');
    expect(cardOf(card)).toContain('No ValidatingAdmissionPolicy is made');
    await scenario.approve(card);
    await scenario.reached(card.run, 'succeeded');
    expect(made('policy', card.run)).toBeUndefined();
    const refused = await evict();
    expect(refused.status).toBe(429);
    expect(refused.text).toContain(`The disruption budget ${nameOf(card.run)} needs 1 healthy pods`);
    scenario.incident.cluster.setReadiness('payments', 'x', 'not ready');
    expect((await evict()).status).toBe(429);
    scenario.incident.cluster.setReadiness('payments', 'x', 'ready');
    expect(await kubectl('-n', 'payments', 'delete', 'pod', 'x', '--dry-run=server')).toContain('deleted');
    await scenario.does(`undo ${card.run}`);
    await nothingLeft(card.run);
  });

  test('is left as it is where somebody changed what was made, which is shown', async () => {
    const card = await scenario.does('hold pod/x --no-node');
    const key = { ...MADE.budget, name: nameOf(card.run) };
    scenario.incident.cluster.changeObject(key, { spec: { minAvailable: 0 } });
    const unhold = await scenario.ask('unhold pod/x');
    expect(cardOf(unhold)).toContain(`is not as ${card.run} made it any more: left as it is`);
    await scenario.approve(unhold);
    await scenario.reached(unhold.run, 'succeeded');
    expect(made('policy', card.run)).toBeUndefined();
    expect(await scenario.told('in-force')).toContain('changed by someone else since');
    expect(await kubectl('-n', 'payments', 'delete', 'pdb', nameOf(card.run))).toContain('deleted');
    await nothingLeft(card.run);
  });

  test('that is gone nevertheless can’t be named any more, and the undo of its run takes the rest away', async () => {
    const { run } = await scenario.does('hold pod/x');
    await kubectl('delete', 'validatingadmissionpolicybinding', nameOf(run));
    await scenario.incident.cluster.replacePod('payments', 'x');
    expect(await scenario.told('unhold pod/x')).toContain('is left to end');
    await scenario.does(`undo ${run}`);
    for (const what of ['budget', 'policy', 'binding'] as const) expect(made(what, run)).toBeUndefined();
    expect(node()?.metadata.annotations ?? {}).toEqual({});
    expect(await scenario.told('in-force')).toContain('holds nothing');
  });
});
