import { execFileSync } from 'node:child_process';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { addressOf, shellIn } from '../../sandbox/cluster/testing/network-scene.ts';
import { textOf } from '../../sandbox/demo/read-message.ts';
import { endJudged } from './end-judged.ts';
import { type IsolationOptions, lacks, startIsolationScenario } from './isolation-scene.ts';
import { NODES, nodeExecs } from './node-execs.ts';
import type { Scenario } from './scenario.ts';

const POLICIES = { group: 'networking.k8s.io', resource: 'networkpolicies', namespace: 'payments' } as const;
const KEPT = { enforcement: 'networkpolicy', connections: 'kept' } as const;
const UNENFORCED = { enforcement: 'none', connections: 'kept' } as const;

let scenario: Scenario;
beforeEach(({ skip }) => {
  if (lacks !== '') skip(lacks);
});
afterEach(async () => {
  if (lacks !== '') return;
  await endJudged(scenario);
});

const begin = async (options: IsolationOptions): Promise<void> => {
  scenario = await startIsolationScenario(options);
  const { cluster } = scenario.incident;
  if (cluster.network === 'loopback only') throw new Error(cluster.networkReason);
  if (cluster.cgroups === 'none') throw new Error('this machine lets us make no cgroups');
  await scenario.start();
};
const cluster = () => scenario.incident.cluster;
const endOf = async (run: string): Promise<string> => textOf(await scenario.shown(run, 'end'));
const tableOf = (run: string): string => `firebreak_${run.toLowerCase().replaceAll('-', '_')}`;
/** What a program of this machine prints in the network namespace of a pod. */
const inside = (pod: string, ...command: readonly string[]): string => {
  const pid = String(cluster().containerPid('payments', pod, 'app'));
  return execFileSync('nsenter', ['-t', pid, '-n', '--', ...command], { encoding: 'utf8' });
};
const tablesIn = (pod: string): string => inside(pod, 'nft', 'list', 'tables');
/** Connections that leave the pod. */
const established = (pod: string): readonly string[] =>
  inside(pod, 'ss', '-Htn', 'state', 'established', 'not', 'dst', '127.0.0.0/8').split('\n').filter(Boolean);
/** Firebreak's pods on nodes that are there. */
const podsOnNode = (): readonly string[] => {
  const pods = cluster().history.filter(({ key }) => key.resource === 'pods' && key.namespace === NODES);
  const last = new Map(pods.map(({ key, type }) => [key.name, type]));
  return [...last].filter(([, type]) => type !== 'DELETED').map(([name]) => name);
};
/** Something of the suspect's that talks to the outside all the time. */
const beacon = async (): Promise<void> => {
  const listener = `busybox nc -ll -p 4444 -e cat >/dev/null 2>&1 </dev/null &`;
  await shellIn(cluster(), 'payments/multi', listener);
  const talk = `( while sleep 0.2; do echo tick; done | busybox nc ${addressOf(cluster(), 'payments/multi')} 4444 ) >/dev/null 2>&1 </dev/null &`;
  await shellIn(cluster(), 'payments/x', talk);
};

describe('an isolation from the node', () => {
  test('is CONTAINED in a cluster that enforces nothing, is in force, and ends with a release', async () => {
    await begin({ network: UNENFORCED });
    const card = await scenario.ask('isolate pod/x --keep --from-node');
    const words = textOf(await scenario.shown(card.run, 'card'));
    expect(words).toContain('on node node-a: privileged: root on the node');
    expect(words).toContain('ends by itself after 10 min');
    expect(words).toContain('CAP_NET_RAW');
    expect(words).toContain(`netns/x.${tableOf(card.run)} in payments`);
    await scenario.approve(card);
    await scenario.reached(card.run, 'succeeded');
    expect(await endOf(card.run)).toContain('CONTAINED: pod/x in payments.');
    expect(tablesIn('x')).toContain(tableOf(card.run));
    expect(tablesIn('multi')).not.toContain('firebreak');
    // Who is root on the node stays no longer than that takes.
    await cluster().settled();
    expect(podsOnNode()).toEqual([]);
    const held = await scenario.told('in-force');
    expect(held).toContain(`netns/x.${tableOf(card.run)} in payments`);
    expect(held).toContain(`the command is in the thread of ${card.run}`);
    const released = await scenario.does('release pod/x');
    expect(await endOf(released.run)).toContain('The network of pod/x in payments is open again.');
    expect(tablesIn('x')).not.toContain('firebreak');
    expect(await scenario.told('in-force')).toContain('holds nothing');
  }, 120_000);

  test('ends what is open where policies leave that, and is taken away by an undo', async () => {
    await begin({ network: KEPT });
    cluster().removeObject({ ...POLICIES, name: 'allow-web' });
    await beacon();
    await expect.poll(() => established('x')).toHaveLength(1);
    const first = await scenario.does('isolate pod/x --keep');
    expect(await endOf(first.run)).toMatch(/PARTIAL: .*still open/);
    const second = await scenario.does('isolate pod/x --keep --from-node');
    // That it could be reached before was shown to the first run, and holds for this one.
    expect(await endOf(second.run)).toContain('CONTAINED: pod/x in payments.');
    expect(established('x')).toEqual([]);
    expect(await scenario.told('isolate pod/x --keep --from-node')).toContain('is isolated already');
    await scenario.does(`undo ${second.run}`);
    expect(tablesIn('x')).not.toContain('firebreak');
  }, 150_000);

  test('is CONTAINED where an allow that nothing outranks reaches the pod', async () => {
    await begin({ network: KEPT });
    const card = await scenario.ask('isolate pod/x --keep');
    expect(textOf(await scenario.shown(card.run, 'card'))).toContain('--from-node');
    const { run } = await scenario.does('isolate pod/x --keep --from-node');
    expect(await endOf(run)).toContain('CONTAINED: pod/x in payments.');
  }, 120_000);

  test('that can’t be made leaves the deny, and a proof that says what that is worth', async () => {
    await begin({ network: UNENFORCED });
    const card = await scenario.ask('isolate pod/x --keep --from-node');
    cluster().faults.status(403, ({ method, namespace }) => method === 'POST' && namespace === NODES);
    await scenario.approve(card);
    await scenario.reached(card.run, 'succeeded');
    const end = await endOf(card.run);
    expect(end).toContain('NOT ENFORCED: pod/x in payments.');
    expect(cluster().object({ ...POLICIES, name: `firebreak-${card.run.toLowerCase()}` })).toBeDefined();
    expect(nodeExecs(cluster().requests)).toEqual([]);
  }, 120_000);

  test('is gone with the pod, so that an undo needs nothing of the node', async () => {
    await begin({ network: UNENFORCED });
    const { run } = await scenario.does('isolate pod/x --keep --from-node');
    await cluster().deletePod('payments', 'x');
    const before = cluster().requests.length;
    await scenario.does(`undo ${run}`);
    const onNodes = cluster()
      .requests.slice(before)
      .filter(({ namespace }) => namespace === NODES);
    expect(onNodes.filter(({ method, upgrade }) => method !== 'GET' || upgrade)).toEqual([]);
    expect(await scenario.told('in-force')).toContain('holds nothing');
  }, 120_000);
});
