import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { textOf } from '../../sandbox/demo/read-message.ts';
import { endJudged } from './end-judged.ts';
import { type IsolationOptions, lacks, startIsolationScenario } from './isolation-scene.ts';
import type { Scenario } from './scenario.ts';

const POD = { group: '', resource: 'pods', namespace: 'payments', name: 'x' } as const;
const POLICIES = { group: 'networking.k8s.io', resource: 'networkpolicies', namespace: 'payments' } as const;
const ENFORCED = { enforcement: 'networkpolicy', connections: 'cut' } as const;

let scenario: Scenario;
beforeEach(({ skip }) => {
  if (lacks !== '') skip(lacks);
});
afterEach(async () => {
  if (lacks !== '') return;
  await endJudged(scenario);
});

const begin = async (options: IsolationOptions): Promise<Scenario> => {
  scenario = await startIsolationScenario(options);
  const { cluster } = scenario.incident;
  if (cluster.network === 'loopback only') throw new Error(cluster.networkReason);
  await scenario.start();
  return scenario;
};
const cluster = () => scenario.incident.cluster;
const pod = () => cluster().object(POD);
/** What the channel reads at a run's end. */
const endOf = async (run: string): Promise<string> => textOf(await scenario.shown(run, 'end'));
const notesOf = async (run: string): Promise<string> => textOf(await scenario.shown(run, 'card'));
/** The allow of the world that reaches the pod. */
const withoutAllow = () => cluster().removeObject({ ...POLICIES, name: 'allow-web' });

describe('an isolation', () => {
  test('is CONTAINED, is in force with its proof, and ends with a release', async () => {
    await begin({ network: ENFORCED });
    withoutAllow();
    const before = pod()?.metadata.labels;
    const { run } = await scenario.does('isolate pod/x --keep');
    expect(await endOf(run)).toContain('CONTAINED: pod/x in payments.');
    expect(pod()?.metadata.labels).toEqual({
      ...before,
      'firebreak.dev/case': 'FB-2026-0001',
      'firebreak.dev/isolated-by': run,
    });
    const held = await scenario.told('in-force');
    expect(held).toContain(`networkpolicy/firebreak-${run.toLowerCase()}`);
    expect(held).toMatch(/proven CONTAINED/);
    const released = await scenario.does('release pod/x');
    expect(await endOf(released.run)).toContain('The network of pod/x in payments is open again.');
    expect(pod()?.metadata.labels).toEqual(before);
    expect(cluster().object({ ...POLICIES, name: `firebreak-${run.toLowerCase()}` })).toBeUndefined();
    expect(await scenario.told('in-force')).toContain('holds nothing');
  }, 90_000);

  test('is PARTIAL where an allow reaches the pod and nothing outranks it, and the card says so before', async () => {
    await begin({ network: ENFORCED });
    const card = await scenario.ask('isolate pod/x --keep');
    expect(await notesOf(card.run)).toContain('allow-web allows traffic to it');
    await scenario.approve(card);
    await scenario.reached(card.run, 'succeeded');
    expect(await endOf(card.run)).toMatch(/PARTIAL: .*still reaches a port that the pod declares/);
  }, 90_000);

  test('is CONTAINED where a deny outranks that allow', async () => {
    await begin({ network: ENFORCED, denyApi: 'AdminNetworkPolicy' });
    const { run } = await scenario.does('isolate pod/x --keep');
    expect(await endOf(run)).toContain('CONTAINED');
    expect(await scenario.told('in-force')).toContain(`adminnetworkpolicy/firebreak-${run.toLowerCase()}`);
    await scenario.does(`undo ${run}`);
    expect(await scenario.told('in-force')).toContain('holds nothing');
  }, 90_000);

  test('is NOT ENFORCED where the cluster accepts policies and heeds none, and says what to do', async () => {
    await begin({ network: { ...ENFORCED, enforcement: 'none' } });
    const { run } = await scenario.does('isolate pod/x');
    const end = await endOf(run);
    expect(end).toContain('NOT ENFORCED: pod/x in payments.');
    expect(end).toMatch(/cut the pod off at its node|ask for network enforcement/);
    // What does not hold it must not take it out of its Services, where nobody would look for it.
    expect(pod()?.metadata.labels).toMatchObject({ app: 'checkout' });
  }, 90_000);

  test('of a ReplicaSet’s pod leaves its siblings alone, and takes it out of its controller once it is proven', async () => {
    await begin({ network: ENFORCED });
    withoutAllow();
    const uid = pod()?.metadata.uid;
    const { run } = await scenario.does('isolate pod/x');
    await cluster().settled();
    expect(await endOf(run)).toContain('It left its controller and its Services');
    expect(pod()?.metadata.uid).toBe(uid);
    expect(pod()?.metadata.labels).not.toHaveProperty('app');
    expect(pod()?.metadata.ownerReferences ?? []).toEqual([]);
    const refused = await scenario.told('release pod/x --return');
    expect(refused).toMatch(/no complete evidence|is not Ready/);
    await scenario.does('release pod/x');
    expect(pod()?.metadata.uid).toBe(uid);
    expect(pod()?.metadata.labels).not.toHaveProperty('app');
  }, 90_000);
});
