import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { endJudged } from './end-judged.ts';
import { isRealPatch } from './patch-requests.ts';
import { type Scenario, startScenario } from './scenario.ts';

const POD = { group: '', resource: 'pods', namespace: 'payments', name: 'x' } as const;
const MULTI = { ...POD, name: 'multi' } as const;
const NODE = { group: '', resource: 'nodes', namespace: '', name: 'node-b' } as const;
const DEPLOYMENT = {
  group: 'apps',
  resource: 'deployments',
  namespace: 'payments',
  name: 'checkout',
} as const;

let scenario: Scenario;
beforeAll(async () => {
  scenario = await startScenario({ cluster: { containers: 'no shell' }, slack: { rateLimits: 'off' } });
  await scenario.start();
}, 60_000);
afterAll(() => endJudged(scenario));
beforeEach(() => scenario.incident.cluster.faults.clear());

const labels = (key: typeof POD | typeof NODE | typeof DEPLOYMENT | typeof MULTI) =>
  scenario.incident.cluster.object(key)?.metadata.labels;
const endOf = async (run: string): Promise<string> =>
  JSON.stringify((await scenario.shown(run, 'end')).blocks);

describe('a label', () => {
  test('on a deployment changes its own labels and neither its pod template nor a pod', async () => {
    const { cluster } = scenario.incident;
    const template = () => JSON.stringify(cluster.object(DEPLOYMENT)?.['spec']);
    const [spec, uid, owned] = [template(), cluster.object(POD)?.metadata.uid, labels(POD)];
    const { run } = await scenario.does('label deployment/checkout quarantine=true');
    expect(labels(DEPLOYMENT)).toMatchObject({ app: 'checkout', quarantine: 'true' });
    expect(cluster.object(DEPLOYMENT)?.metadata.annotations).toMatchObject({ 'firebreak.dev/run': run });
    expect([template(), cluster.object(POD)?.metadata.uid, labels(POD)]).toEqual([spec, uid, owned]);
    await scenario.does(`undo ${run}`);
    expect(labels(DEPLOYMENT)).toEqual({ app: 'checkout' });
  });

  test('is put on a node and taken off', async () => {
    const before = labels(NODE);
    await scenario.does('label node/node-b quarantine=true');
    expect(labels(NODE)).toMatchObject({ ...before, quarantine: 'true' });
    await scenario.does('unlabel node/node-b quarantine');
    expect(labels(NODE)).toEqual(before);
    expect(await scenario.told('in-force')).not.toContain('node-b');
  });

  test('that stands there with another value is shown and left, and replaced on demand', async () => {
    const told = await scenario.told('label pod/multi app=other');
    expect(told).toMatch(/label app with the value .multi., not .other./);
    expect(told).toContain('--overwrite');
    expect(labels(MULTI)).toEqual({ app: 'multi' });
    const { run } = await scenario.does('label pod/multi app=other --overwrite');
    expect(labels(MULTI)).toMatchObject({ app: 'other' });
    await scenario.does(`undo ${run}`);
    expect(labels(MULTI)).toEqual({ app: 'multi' });
  });

  test('of somebody else’s is taken off, and comes back with an undo', async () => {
    const { run } = await scenario.does('unlabel pod/multi app');
    expect(labels(MULTI)).not.toHaveProperty('app');
    expect(await scenario.told('in-force')).toContain('label app: absent, was multi');
    await scenario.does(`undo ${run}`);
    expect(labels(MULTI)).toEqual({ app: 'multi' });
  });
});

describe('a label that was approved', () => {
  test('overwrites nothing that someone put there between plan and run', async () => {
    const { cluster } = scenario.incident;
    const card = await scenario.ask('label pod/multi team=red');
    cluster.changeObject(MULTI, { metadata: { labels: { team: 'green' } } });
    await scenario.approve(card);
    expect(await scenario.reached(card.run, 'succeeded', 'failed')).toBe('failed');
    expect(labels(MULTI)).toEqual({ app: 'multi', team: 'green' });
    expect(await endOf(card.run)).toContain('label team is green, it was absent');
    cluster.changeObject(MULTI, { metadata: { labels: { team: null } } });
  });

  test('is put on although someone changed something else meanwhile', async () => {
    const { cluster } = scenario.incident;
    const card = await scenario.ask('label pod/multi team=red');
    cluster.changeObject(MULTI, { metadata: { labels: { other: 'yes' } } });
    await scenario.approve(card);
    expect(await scenario.reached(card.run, 'succeeded', 'failed')).toBe('succeeded');
    expect(labels(MULTI)).toMatchObject({ team: 'red', other: 'yes' });
    await scenario.does(`undo ${card.run}`);
  });

  test.each([403, 422])('and that the cluster refuses with %i changes nothing and says why', async (code) => {
    const { cluster } = scenario.incident;
    const before = cluster.object(MULTI);
    cluster.faults.status(code, isRealPatch);
    const card = await scenario.does('label pod/multi team=red', 'failed');
    expect(cluster.object(MULTI)).toEqual(before);
    expect(await endOf(card.run)).toContain('Nothing was changed');
    expect(await scenario.told(`undo ${card.run}`)).toContain('changed nothing');
  });

  test('does not reach the pod that took the place of the one that was approved', async () => {
    const { cluster } = scenario.incident;
    const card = await scenario.ask('label pod/multi team=red');
    await cluster.replacePod('payments', 'multi');
    await scenario.approve(card);
    expect(await scenario.reached(card.run, 'succeeded', 'failed')).toBe('failed');
    expect(labels(MULTI)).toEqual({ app: 'multi' });
    expect(await endOf(card.run)).toContain('was replaced');
  });

  test('is not held any more once its pod is gone', async () => {
    const { run } = await scenario.does('label pod/multi team=red');
    expect(await scenario.told('in-force')).toContain('label team: red');
    await scenario.incident.cluster.replacePod('payments', 'multi');
    expect(await scenario.told('in-force')).not.toContain('multi');
    expect(await scenario.told(`undo ${run}`)).toContain('is gone or was replaced');
  });
});
