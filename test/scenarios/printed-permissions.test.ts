import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { z } from 'zod';
import type { RecordedRequest } from '../../sandbox/cluster/api/recorded-request.ts';
import { findHostTool } from '../../sandbox/cluster/runtime/host-tools.ts';
import type { StandInCluster } from '../../sandbox/cluster/stand-in-cluster.ts';
import { IMPERSONATED_EXTRAS } from '../../src/core/impersonation.ts';
import { runCommand } from '../commands/run-command.ts';
import { requestStatus } from './request-status.ts';
import { type Scenario, startScenario } from './scenario.ts';
import { scenePod } from './scene-pod.ts';

const kubectlPath = findHostTool('kubectl');
const PLACEHOLDER = '"<whom the kubeconfig of prod-cluster authenticates>"';
const RBAC = 'rbac.authorization.k8s.io';

const ruleSchema = z.object({
  apiGroups: z.array(z.string()),
  resources: z.array(z.string()),
  verbs: z.array(z.string()),
  resourceNames: z.array(z.string()).optional(),
});
const roleSchema = z.looseObject({
  kind: z.literal('ClusterRole'),
  metadata: z.looseObject({ name: z.string() }),
  rules: z.array(ruleSchema),
});

/** One verb on one resource, in the role that grants it. */
interface Atom {
  readonly role: string;
  readonly verb: string;
  readonly group: string;
  readonly resource: string;
}

const atomsOf = (stream: string): readonly Atom[] =>
  parseAllDocuments(stream).flatMap((document) => {
    const role = roleSchema.safeParse(document.toJS()).data;
    if (role === undefined) return [];
    return role.rules.flatMap(({ apiGroups, resources, verbs }) =>
      apiGroups.flatMap((group) =>
        resources.flatMap((resource) =>
          verbs.map((verb) => ({ role: role.metadata.name, verb, group, resource })),
        ),
      ),
    );
  });

const apply = (cluster: StandInCluster, folder: string, stream: string): Promise<string> =>
  new Promise((resolve, reject) => {
    const path = join(folder, 'admin.kubeconfig');
    cluster.writeKubeconfig(path, 'admin');
    const child = execFile(
      kubectlPath ?? 'kubectl',
      ['apply', '-f', '-'],
      { env: { ...process.env, HOME: folder, KUBECONFIG: path }, cwd: folder },
      (error, stdout, stderr) => (error === null ? resolve(stdout) : reject(new Error(`${stdout}${stderr}`))),
    );
    child.stdin?.end(stream);
  });

const groupOf = ({ path }: RecordedRequest): string => /^\/apis\/([^/]+)\//u.exec(path)?.[1] ?? '';

const REVIEW = /^selfsubject/u;
/** Whoever is asked about: planning's own requests, and what was done in the name of the one user. */
const done = (scenario: Scenario, user: string): readonly RecordedRequest[] =>
  scenario.incident.cluster.requests.filter(
    (one) => one.user === user && one.resource !== '' && !REVIEW.test(one.resource),
  );

/** Takes one verb on one resource out of the role. */
const without = (cluster: StandInCluster, { role, verb, group, resource }: Atom) => {
  const key = { group: RBAC, resource: 'clusterroles', namespace: '', name: role };
  const before = roleSchema.parse(cluster.object(key)).rules;
  cluster.changeObject(key, (object) => ({
    ...object,
    rules: before.flatMap((rule) => {
      if (!rule.apiGroups.includes(group) || !rule.resources.includes(resource)) return [rule];
      const others = rule.resources.filter((one) => one !== resource);
      const verbs = rule.verbs.filter((one) => one !== verb);
      return [
        ...(others.length === 0 ? [] : [{ ...rule, resources: others }]),
        ...(verbs.length === 0 ? [] : [{ ...rule, resources: [resource], verbs }]),
      ];
    }),
  }));
  return { restore: () => cluster.changeObject(key, (object) => ({ ...object, rules: before })) };
};

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
      await apply(cluster, folder, printed[identity]);
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
    expect(done(scenario, 'runner').filter(({ status }) => status === 403)).toEqual([]);
    // Who may label a node may still look at the workloads of the allowed namespaces alone, and its card says so.
    const refused = done(scenario, 'planner').filter(({ status }) => status === 403);
    expect(
      new Set(refused.map(({ verb, namespace }) => `${verb} in ${namespace || 'every namespace'}`)),
    ).toEqual(new Set(['list in every namespace']));
    expect(refused.map(({ resource }) => resource)).not.toContain('pods');
  });

  test('binds the rights of runs to the one user, in whose name all of them are done', () => {
    const runs = done(scenario, 'runner');
    expect(runs.length).toBeGreaterThan(20);
    expect(new Set(runs.map(({ impersonated }) => impersonated?.user))).toEqual(
      new Set(['firebreak:prod-cluster']),
    );
    const planned = done(scenario, 'planner');
    expect(planned.filter(({ impersonated }) => impersonated !== undefined)).toEqual([]);
  });

  test('holds for planning no exec, no write and no impersonation', () => {
    const verbs = new Set(atomsOf(printed.read).map(({ verb }) => verb));
    expect(verbs).toEqual(new Set(['get', 'list']));
    expect(printed.read).not.toMatch(/pods\/|secrets|\*/u);
  });

  test('holds nothing that is not used: without any one of it a request is refused', async () => {
    const { cluster } = scenario.incident;
    const idle: string[] = [];
    const harmless: string[] = [];
    for (const [stream, user] of [
      [printed.read, 'planner'],
      [printed.act, 'runner'],
    ] as const) {
      const requests = done(scenario, user).filter(({ status }) => status !== 403);
      for (const atom of atomsOf(stream)) {
        const name = `${user}: ${atom.verb} ${atom.resource}.${atom.group}`;
        // Exec asks for create beside get, so one request stands for both; every run that was approved for all of impersonation.
        const used = requests.find(
          (one) =>
            (atom.verb === 'impersonate' &&
              IMPERSONATED_EXTRAS.every((key) => one.impersonated?.extra[key] !== undefined)) ||
            (one.resource === atom.resource &&
              groupOf(one) === atom.group &&
              (one.verb === atom.verb || atom.resource === 'pods/exec')),
        );
        if (used === undefined) {
          idle.push(name);
          continue;
        }
        const taken = without(cluster, atom);
        if ((await requestStatus(cluster, used)) !== 403) harmless.push(name);
        taken.restore();
        const again = await requestStatus(cluster, {
          ...used,
          ...(used.method === 'PATCH' ? { body: '{}' } : {}),
        });
        if (again === 403) harmless.push(`${name}, given back`);
      }
    }
    expect(idle).toEqual([]);
    expect(harmless).toEqual([]);
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
