import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { runCommand } from '../commands/run-command.ts';
import { applyStream, atomsOf, kubectlPath, requestsOf, unneeded } from './printed-roles.ts';
import { type Scenario, startScenario } from './scenario.ts';
import { scenePod } from './scene-pod.ts';

const PLACEHOLDER = '"<whom the kubeconfig of prod-cluster authenticates>"';
const RBAC = 'rbac.authorization.k8s.io';

describe.skipIf(kubectlPath === undefined)('exactly what firebreak permissions prints', () => {
  let scenario: Scenario;
  const printed = { read: '', act: '' };
  let answers: readonly string[];

  beforeAll(async () => {
    scenario = await startScenario({
      cluster: { containers: 'no shell' },
      slack: { rateLimits: 'off' },
      config: {
        access: { provider: 'kubeconfig', path: 'planner.kubeconfig' },
        cluster: { identities: { act: { path: 'runner.kubeconfig' } } },
      },
    });
    const { cluster, configPath } = scenario.incident;
    const folder = join(scenario.dataDir, 'sandbox');
    for (const user of ['planner', 'runner']) {
      cluster.addUser(user, []);
      writeFileSync(join(folder, `${user}.kubeconfig`), cluster.kubeconfig(user));
    }
    const job = cluster.addObject({
      ...{ apiVersion: 'batch/v1', kind: 'Job' },
      metadata: { name: 'nightly', namespace: 'payments' },
      spec: { selector: { matchLabels: { app: 'nightly-1' } }, template: { spec: { containers: [] } } },
    });
    const manifest = scenePod('nightly-1');
    await cluster.addPod({
      ...manifest,
      metadata: {
        ...manifest.metadata,
        ownerReferences: [
          {
            ...{ apiVersion: 'batch/v1', kind: 'Job', name: 'nightly', uid: job.metadata.uid ?? '' },
            ...{ controller: true, blockOwnerDeletion: true },
          },
        ],
      },
    });
    cluster.addObject({
      ...{ apiVersion: `${RBAC}/v1`, kind: 'RoleBinding' },
      metadata: { name: 'checkout-view', namespace: 'payments' },
      roleRef: { apiGroup: RBAC, kind: 'ClusterRole', name: 'checkout-view' },
      subjects: [{ kind: 'ServiceAccount', name: 'checkout', namespace: 'payments' }],
    });
    cluster.addObject({
      ...{ apiVersion: `${RBAC}/v1`, kind: 'ClusterRole', metadata: { name: 'checkout-view' } },
      rules: [{ apiGroups: [''], resources: ['configmaps'], verbs: ['get'] }],
    });
    for (const [identity, user] of [
      ['read', 'planner'],
      ['act', 'runner'],
    ] as const) {
      const { stdout, stderr } = await runCommand(['permissions', 'prod-cluster', '--identity', identity], {
        FIREBREAK_CONFIG: configPath,
        FIREBREAK_DATA_DIR: scenario.dataDir,
      });
      if (stderr !== '') throw new Error(stderr);
      printed[identity] = stdout.replaceAll(PLACEHOLDER, user).replaceAll(PLACEHOLDER.slice(1, -1), user);
      await applyStream(cluster, folder, printed[identity]);
    }
    await scenario.start();

    const runs = async (text: string, approval: 'approved' | 'free' = 'approved'): Promise<string> => {
      const card = await scenario.ask(text);
      if (approval === 'approved') await scenario.approve(card);
      const state = await scenario.reached(card.run, 'succeeded', 'incomplete', 'failed', 'cancelled');
      return `${text}: ${state} (${card.run})`;
    };
    const ended: string[] = [await runs('inspect pod/x', 'free')];
    for (const text of [
      'acquire pod/x',
      'label pod/x held=1',
      'label pod/nightly-1 held=1',
      'label node/node-b held=1',
      'label deployment/checkout held=1',
      'label statefulset/sessions held=1',
      'label daemonset/log-shipper held=1',
      'label replicaset/checkout-7d9f8b6c54 held=1',
      'unlabel pod/nightly-1 held',
      'cordon node/node-a',
      'uncordon node/node-a',
      'hold pod/nightly-1',
      'unhold pod/nightly-1',
    ])
      ended.push(await runs(text));
    const [, run] =
      /\((FB-\S+)\)$/u.exec(ended.find((one) => one.startsWith('label deployment')) ?? '') ?? [];
    ended.push(await runs(`undo ${run}`));
    for (const typo of ['acquire pod/nightly-2', 'cordon node/node-c']) await scenario.told(typo);
    answers = ended;
  }, 120_000);
  afterAll(() => scenario?.[Symbol.asyncDispose]());

  test('is enough: every plan is made and every run ends well', () => {
    expect(answers.map((answer) => answer.replace(/ \(.*/u, ''))).toEqual([
      'inspect pod/x: succeeded',
      // The stand-in has no processes here, so what would come from inside is missing.
      'acquire pod/x: incomplete',
      ...answers.slice(2).map((answer) => answer.replace(/:.*/u, ': succeeded')),
    ]);
    expect(requestsOf(scenario.incident.cluster, 'runner').filter(({ status }) => status === 403)).toEqual(
      [],
    );
    // Who may label a node may still look at the workloads of the allowed namespaces alone, and its card says so.
    const refused = requestsOf(scenario.incident.cluster, 'planner').filter(({ status }) => status === 403);
    expect(
      new Set(refused.map(({ verb, namespace }) => `${verb} in ${namespace || 'every namespace'}`)),
    ).toEqual(new Set(['list in every namespace']));
    expect(refused.map(({ resource }) => resource)).not.toContain('pods');
  });

  test('binds the rights of runs to the one user, in whose name all of them are done', () => {
    const runs = requestsOf(scenario.incident.cluster, 'runner');
    expect(runs.length).toBeGreaterThan(20);
    expect(new Set(runs.map(({ impersonated }) => impersonated?.user))).toEqual(
      new Set(['firebreak:prod-cluster']),
    );
    const planned = requestsOf(scenario.incident.cluster, 'planner');
    expect(planned.filter(({ impersonated }) => impersonated !== undefined)).toEqual([]);
  });

  test('holds for planning no exec, no write and no impersonation', () => {
    const verbs = new Set(atomsOf(printed.read).map(({ verb }) => verb));
    expect(verbs).toEqual(new Set(['get', 'list']));
    expect(printed.read).not.toMatch(/pods\/|secrets|\*/u);
  });

  test('holds nothing that is not used: without any one of it a request is refused', async () => {
    const { cluster } = scenario.incident;
    const planning = await unneeded(cluster, printed.read, 'planner');
    const running = await unneeded(cluster, printed.act, 'runner');
    // By this a check sees the engine, as is shown below.
    expect([...planning.idle, ...running.idle]).toEqual(['planner: list daemonsets.apps in kube-system']);
    expect([...planning.harmless, ...running.harmless]).toEqual([]);
  });

  test('lets a check see which engine enforces network policies', async () => {
    const { cluster, configPath } = scenario.incident;
    cluster.addObject({
      ...{ apiVersion: 'apps/v1', kind: 'DaemonSet' },
      metadata: { name: 'cilium', namespace: 'kube-system' },
      spec: {
        selector: { matchLabels: { app: 'cilium' } },
        template: { metadata: { labels: { app: 'cilium' } }, spec: { containers: [] } },
      },
    });
    const { stdout } = await runCommand(['check', 'prod-cluster'], {
      FIREBREAK_CONFIG: configPath,
      FIREBREAK_DATA_DIR: scenario.dataDir,
    });
    expect(stdout).toMatch(/^ {2}ok +network policies +enforced by Cilium$/mu);
    expect(stdout).toMatch(/^ {2}ok +audit log names +run and people, as/mu);
  });
});
