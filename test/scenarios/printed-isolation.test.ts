import { randomUUID } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { OwnerReference } from '../../sandbox/cluster/api/kube-object.ts';
import type { PodManifest } from '../../sandbox/cluster/api/pod.ts';
import { textOf } from '../../sandbox/demo/read-message.ts';
import { runCommand } from '../commands/run-command.ts';
import { lacks, startIsolationScenario } from './isolation-scene.ts';
import { applyStream, atomsOf, kubectlPath, requestsOf, unneeded } from './printed-roles.ts';
import type { Scenario } from './scenario.ts';
import { APPROVERS } from './scenario-config.ts';
import { scenePod } from './scene-pod.ts';
import { until } from './until.ts';

const PLACEHOLDER = '<whom the kubeconfig of prod-cluster authenticates>';
const EVERY_MS = 5 * 60_000 + 1_000;
const VERBS = ['isolate', 'release', 'hold', 'unhold', 'undo'];
const USERS = { read: 'planner', act: 'runner', node: 'noder' } as const;
const IDENTITIES = ['read', 'act', 'node'] as const;
/** By whom pods of the world, and two more, are started anew. */
const OF_THE_WORLD = ['sessions-0', 'log-shipper-5tq2w'];
/** What the stand-in does not serve: policies of other engines, and claims. Their names are golden files of their own. */
const NOT_SERVED = /cilium\.io|projectcalico|clusternetworkpolicies|persistentvolumeclaims/u;

const ownedPod = (name: string, owner: OwnerReference): PodManifest => {
  const { metadata, ...pod } = scenePod(name);
  return { ...pod, metadata: { ...metadata, ownerReferences: [owner] } };
};
type Printed = Readonly<Record<(typeof IDENTITIES)[number], string>>;

const print = async (scenario: Scenario, identity: keyof Printed): Promise<string> => {
  const { stdout, stderr } = await runCommand(['permissions', 'prod-cluster', '--identity', identity], {
    FIREBREAK_CONFIG: scenario.incident.configPath,
    FIREBREAK_DATA_DIR: scenario.dataDir,
  });
  if (stderr !== '') throw new Error(stderr);
  return stdout.replaceAll(`"${PLACEHOLDER}"`, USERS[identity]).replaceAll(PLACEHOLDER, USERS[identity]);
};

describe.skipIf(kubectlPath === undefined || lacks !== '')('exactly what is printed for containment', () => {
  let scenario: Scenario;
  let printed: Printed;
  const ended: string[] = [];
  const cards = new Map<string, string>();

  const runs = async (text: string): Promise<string> => {
    const card = await scenario.ask(text);
    cards.set(text, textOf(await scenario.shown(card.run, 'card')));
    await scenario.approve(card);
    const state = await scenario.reached(card.run, 'succeeded', 'incomplete', 'failed', 'cancelled');
    const end = textOf(await scenario.shown(card.run, 'end'));
    ended.push(
      `${text}: ${state}${/: (?:CONTAINED|PARTIAL|NOT ENFORCED)/u.exec(`: ${end.slice(end.search(/CONTAINED|PARTIAL|NOT ENFORCED/u))}`)?.[0] ?? ''}`,
    );
    if (state !== 'succeeded') ended.push(end);
    return card.run;
  };

  /** Lets the time of a proof's repetition come, and waits for what came of it. */
  const round = async (run: string, verdict: string): Promise<void> => {
    await scenario.advance(EVERY_MS);
    await until(`${run} is ${verdict}`, async () => {
      const rows = await scenario.query(
        'select coalesce(verdict, outcome) as came from firebreak.proofs where run_id = $1 order by id',
        [run],
      );
      return rows.length > 1 && rows.at(-1)?.['came'] === verdict ? rows : undefined;
    });
  };

  beforeAll(async () => {
    scenario = await startIsolationScenario({
      denyApi: 'AdminNetworkPolicy',
      grants: 'none',
      config: {
        access: { provider: 'kubeconfig', path: 'planner.kubeconfig' },
        rules: [{ verbs: VERBS, approvals: 1, approvers: [APPROVERS] }],
        cluster: {
          namespaces: ['payments', 'staging'],
          identities: { act: { path: 'runner.kubeconfig' }, node: { path: 'noder.kubeconfig' } },
        },
      },
    });
    const { cluster } = scenario.incident;
    if (cluster.network === 'loopback only') throw new Error(cluster.networkReason);
    const folder = join(scenario.dataDir, 'sandbox');
    for (const user of Object.values(USERS)) {
      cluster.addUser(user, []);
      await writeFile(join(folder, `${user}.kubeconfig`), cluster.kubeconfig(user));
    }
    const refTo = (
      apiVersion: string,
      kind: string,
      name: string,
      uid: string = randomUUID(),
    ): OwnerReference => ({
      ...{ apiVersion, kind, name, uid, controller: true, blockOwnerDeletion: true },
    });
    // A kind that the stand-in does not serve: nobody there misses the one that is named.
    await cluster.addPod(ownedPod('counted', refTo('v1', 'ReplicationController', 'counting')));
    const nightly = cluster.addObject({
      ...{ apiVersion: 'batch/v1', kind: 'CronJob', metadata: { name: 'nightly', namespace: 'payments' } },
    });
    const job = cluster.addObject({
      ...{ apiVersion: 'batch/v1', kind: 'Job' },
      metadata: {
        ...{ name: 'nightly-1', namespace: 'payments' },
        ownerReferences: [refTo('batch/v1', 'CronJob', 'nightly', nightly.metadata.uid)],
      },
      spec: { selector: { matchLabels: { app: 'nightly-1' } }, template: { spec: { containers: [] } } },
    });
    await cluster.addPod(ownedPod('nightly-1', refTo('batch/v1', 'Job', 'nightly-1', job.metadata.uid)));
    await applyStream(
      cluster,
      folder,
      await readFile(new URL('../../deploy/footholds.yaml', import.meta.url), 'utf8'),
    );
    const [read, act, node] = await Promise.all(IDENTITIES.map((identity) => print(scenario, identity)));
    printed = { read: read ?? '', act: act ?? '', node: node ?? '' };
    for (const stream of Object.values(printed)) await applyStream(cluster, folder, stream);
    await scenario.start();
    await runs('hold pod/x -n payments');
    await runs('unhold pod/x -n payments');
    const held = await runs('hold pod/x -n payments');
    await runs(`undo ${held}`);
    const proven = await runs('isolate pod/x -n payments --keep');
    await round(proven, 'CONTAINED');
    // Someone takes the deny away: the proof falls short, and what is new around the pod is looked for.
    const deny = { group: 'policy.networking.k8s.io', resource: 'adminnetworkpolicies', namespace: '' };
    cluster.removeObject({ ...deny, name: `firebreak-${proven.toLowerCase()}` });
    await round(proven, 'PARTIAL');
    await runs('release pod/x -n payments');
    const cut = await runs('isolate pod/x -n payments --keep --from-node');
    await runs(`undo ${cut}`);
    const detached = await runs('isolate pod/x -n payments');
    await runs(`undo ${detached}`);
    // Whoever starts another pod is looked at for the card.
    for (const pod of ['counted', 'nightly-1', ...OF_THE_WORLD])
      await scenario.ask(`isolate pod/${pod} -n payments`);
  }, 240_000);
  afterAll(() => scenario?.[Symbol.asyncDispose]());

  test('is enough: each run of them ends well, and so does its undo', () => {
    expect(ended.map((one) => one.replace(/FB-\S+?(?=:)/u, '…'))).toEqual([
      'hold pod/x -n payments: succeeded',
      'unhold pod/x -n payments: succeeded',
      'hold pod/x -n payments: succeeded',
      'undo …: succeeded',
      'isolate pod/x -n payments --keep: succeeded: CONTAINED',
      'release pod/x -n payments: succeeded',
      'isolate pod/x -n payments --keep --from-node: succeeded: CONTAINED',
      'undo …: succeeded',
      'isolate pod/x -n payments: succeeded: CONTAINED',
      'undo …: succeeded',
    ]);
    // What lies in namespaces that the entry does not name is left out: the cards say so, and a proof takes another pod.
    const { cluster } = scenario.incident;
    const refused = ['planner', 'runner', 'noder'].flatMap((user) =>
      requestsOf(cluster, user)
        .filter(({ status }) => status === 403)
        .map(({ verb, resource, namespace }) => `${user}: ${verb} ${resource} in ${namespace || 'all'}`),
    );
    expect([...new Set(refused)].toSorted()).toEqual([
      'planner: list daemonsets in calico-system',
      'planner: list daemonsets in openshift-ovn-kubernetes',
      'planner: list networkpolicies in all',
      'planner: list pods in all',
      'planner: list pods in default',
      'planner: list pods in firebreak-footholds',
      'planner: list pods in firebreak-node-footholds',
      'runner: list networkpolicies in all',
      'runner: list pods in default',
      'runner: list pods in firebreak-node-footholds',
    ]);
  });

  test('holds nothing that is not used: without any one of it a request is refused', async () => {
    const { cluster } = scenario.incident;
    const idle: string[] = [];
    const harmless: string[] = [];
    for (const identity of IDENTITIES) {
      const found = await unneeded(cluster, printed[identity], USERS[identity]);
      idle.push(...found.idle);
      harmless.push(...found.harmless);
    }
    // Why a Job has no pod is asked where one has none; what is said without it is shown with the footholds.
    expect(idle.filter((one) => !NOT_SERVED.test(one))).toEqual([
      'runner: list events. in firebreak-footholds',
      'noder: list events. in firebreak-node-footholds',
    ]);
    expect(harmless).toEqual([]);
  });

  test('lets pods be made in the namespaces of footholds alone, and on nodes by the identity for nodes alone', () => {
    const makes = (identity: keyof Printed) =>
      atomsOf(printed[identity])
        .filter(({ verb, resource }) => verb === 'create' && (resource === 'jobs' || resource === 'pods'))
        .map(({ namespace, resource }) => `${resource} in ${namespace}`);
    expect(makes('read')).toEqual([]);
    expect(makes('act')).toEqual(['jobs in firebreak-footholds']);
    expect(makes('node')).toEqual(['jobs in firebreak-node-footholds']);
  });
});
