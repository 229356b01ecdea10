import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { RecordedRequest } from '../../sandbox/cluster/api/recorded-request.ts';
import { textOf } from '../../sandbox/demo/read-message.ts';
import { endJudged } from './end-judged.ts';
import { grantHold } from './grant-hold.ts';
import { type IsolationOptions, lacks, startIsolationScenario } from './isolation-scene.ts';
import type { Scenario } from './scenario.ts';
import { until } from './until.ts';

const POD = { group: '', resource: 'pods', namespace: 'payments', name: 'x' } as const;
const POLICIES = { group: 'networking.k8s.io', resource: 'networkpolicies', namespace: 'payments' } as const;
const BUDGETS = { group: 'policy', resource: 'poddisruptionbudgets', namespace: 'payments' } as const;

let scenario: Scenario;
beforeEach(({ skip }) => {
  if (lacks !== '') skip(lacks);
});
afterEach(async () => {
  if (lacks !== '') return;
  await endJudged(scenario);
});

const begin = async (options: IsolationOptions = {}): Promise<Scenario> => {
  scenario = await startIsolationScenario(options);
  const { cluster } = scenario.incident;
  if (cluster.network === 'loopback only') throw new Error(cluster.networkReason);
  grantHold(cluster);
  // Nothing but the deny is to decide.
  cluster.removeObject({ ...POLICIES, name: 'allow-web' });
  await scenario.start();
  return scenario;
};
const cluster = () => scenario.incident.cluster;
const pod = () => cluster().object(POD);
const nodeOf = () => {
  const name = String(Object(pod()?.['spec']).nodeName);
  return { group: '', resource: 'nodes', namespace: '', name } as const;
};
const node = () => cluster().object(nodeOf());
const endOf = async (run: string): Promise<string> => textOf(await scenario.shown(run, 'end'));

/** What was carried out, in its order: `POST poddisruptionbudgets`. */
const written = (): readonly string[] =>
  cluster()
    .requests.filter(
      ({ method, path, status = 500 }: RecordedRequest) =>
        method !== 'GET' && !path.includes('dryRun=All') && !path.includes('review') && status < 300,
    )
    .map(({ method, resource }) => `${method} ${resource}`);

describe('a containment', () => {
  test('does its steps in their order, is CONTAINED, and is undone as a whole', async () => {
    await begin();
    const before = { pod: pod()?.metadata, node: node() };
    const { run } = await scenario.does('contain pod/x --keep');
    expect(await endOf(run)).toContain('CONTAINED: pod/x in payments.');
    expect(written()).toEqual([
      'PATCH pods',
      'POST poddisruptionbudgets',
      'POST validatingadmissionpolicies',
      'POST validatingadmissionpolicybindings',
      'PATCH nodes',
      'PATCH pods/ephemeralcontainers',
      'POST jobs',
      'POST networkpolicies',
      'PATCH pods',
      'PATCH pods',
      'PATCH nodes',
    ]);
    expect(pod()?.metadata.labels).toMatchObject({
      'firebreak.dev/held-by': run,
      'firebreak.dev/isolated-by': run,
      quarantine: 'true',
    });
    expect(node()?.['spec']).toMatchObject({ unschedulable: true });
    expect(await scenario.told('in-force')).toMatch(/proven CONTAINED/);
    await scenario.does(`undo ${run}`);
    expect(await scenario.told('in-force')).toContain('holds nothing');
    expect(pod()?.metadata.labels).toEqual(before.pod?.labels);
    expect(pod()?.metadata.annotations ?? {}).toEqual(before.pod?.annotations ?? {});
    expect(node()?.metadata.annotations ?? {}).toEqual(before.node?.metadata.annotations ?? {});
    expect(node()?.['spec']).not.toHaveProperty('unschedulable', true);
  }, 120_000);

  test('cuts the pod off although nothing holds it, and says so loudly', async () => {
    await begin();
    const before = { pod: pod()?.metadata, node: node() };
    // The first patch of the pod is the hold's.
    cluster().faults.statusOnce(403, ({ method, resource }) => method === 'PATCH' && resource === 'pods');
    const { run } = await scenario.does('contain pod/x --keep');
    const end = await endOf(run);
    expect(end).toContain('CONTAINED: pod/x in payments.');
    expect(end).toContain('NOT DONE: hold.');
    expect(written()).toEqual([
      'PATCH pods/ephemeralcontainers',
      'POST jobs',
      'POST networkpolicies',
      'PATCH pods',
      'PATCH pods',
      'PATCH nodes',
      'PATCH nodes',
    ]);
    expect(pod()?.metadata.labels).not.toHaveProperty(['firebreak.dev/held-by']);
    await scenario.does(`undo ${run}`);
    expect(pod()?.metadata.labels).toEqual(before.pod?.labels);
    expect(node()?.metadata.annotations ?? {}).toEqual(before.node?.metadata.annotations ?? {});
  }, 150_000);

  test('has failed where the pod could not be cut off, and its harmless steps are done', async () => {
    await begin();
    cluster().faults.status(
      403,
      ({ method, resource }) => method === 'POST' && resource === 'networkpolicies',
    );
    const { run } = await scenario.does('contain pod/x --keep', 'failed');
    expect(await endOf(run)).toMatch(/NOT CONTAINED: .*Done: hold, inspect, volatile, label and cordon\./s);
    expect(pod()?.metadata.labels).toMatchObject({ 'firebreak.dev/held-by': run, quarantine: 'true' });
    expect(node()?.['spec']).toMatchObject({ unschedulable: true });
    await scenario.does(`undo ${run}`);
    expect(await scenario.told('in-force')).toContain('holds nothing');
  }, 150_000);

  test('is taken apart by what ends its steps', async () => {
    await begin();
    const before = pod()?.metadata.labels;
    const { run } = await scenario.does('contain pod/x --keep');
    await scenario.does('unhold pod/x');
    expect(pod()?.metadata.labels).toMatchObject({ 'firebreak.dev/isolated-by': run, quarantine: 'true' });
    expect(pod()?.metadata.labels).not.toHaveProperty(['firebreak.dev/held-by']);
    expect(cluster().object({ ...BUDGETS, name: `firebreak-${run.toLowerCase()}` })).toBeUndefined();
    await scenario.does('release pod/x');
    expect(cluster().object({ ...POLICIES, name: `firebreak-${run.toLowerCase()}` })).toBeUndefined();
    expect(pod()?.metadata.labels).not.toHaveProperty(['firebreak.dev/isolated-by']);
    const left = await scenario.told('in-force');
    expect(left).toContain('spec.unschedulable');
    expect(left).not.toContain('proven');
    // What is no longer isolated is not called no longer isolated.
    await scenario.advance(600_000);
    await until('the isolation is no longer watched', async () => {
      const [watch] = await scenario.query(
        'select closed_at from firebreak.proof_watches where run_id = $1',
        [run],
      );
      return watch !== undefined && watch['closed_at'] !== null;
    });
    const proofs = await scenario.query('select from firebreak.proofs where run_id = $1', [run]);
    expect(proofs).toHaveLength(1);
    await scenario.does(`uncordon node/${nodeOf().name}`);
    await scenario.does('unlabel pod/x quarantine');
    expect(await scenario.told('in-force')).toContain('holds nothing');
    expect(pod()?.metadata.labels).toEqual(before);
  }, 150_000);
});
