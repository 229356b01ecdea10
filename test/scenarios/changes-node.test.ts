import { afterAll, beforeAll, expect, test } from 'vitest';
import { endJudged } from './end-judged.ts';
import { wordsOf } from './message-words.ts';
import { type Card, type Scenario, startScenario } from './scenario.ts';

const CLUSTER_AUTOSCALER = 'cluster-autoscaler.kubernetes.io/scale-down-disabled';
const KARPENTER = 'karpenter.sh/do-not-disrupt';

let scenario: Scenario;
beforeAll(async () => {
  scenario = await startScenario({ cluster: { containers: 'no shell' }, slack: { rateLimits: 'off' } });
  await scenario.start();
}, 60_000);
afterAll(() => endJudged(scenario));

const nodeKey = (name: string) => ({ group: '', resource: 'nodes', namespace: '', name });
const node = (name: string) => scenario.incident.cluster.object(nodeKey(name));
const annotations = (name: string) => node(name)?.metadata.annotations ?? {};
/** What an approver reads: the card as it was first posted. */
const asked = (card: Card): string => {
  const [message] = scenario.messages(card.run, 'card');
  return wordsOf(message?.versions[0]?.blocks ?? message?.blocks);
};

test('a cordon keeps pods off a node and autoscalers from taking it, and an uncordon ends both', async () => {
  const { run } = await scenario.does('cordon node/node-a --reason "compromised pod"');
  expect(node('node-a')).toMatchObject({ spec: { unschedulable: true } });
  expect(annotations('node-a')).toEqual({
    [CLUSTER_AUTOSCALER]: 'true',
    [KARPENTER]: 'true',
    'firebreak.dev/run': run,
  });
  expect(await scenario.told('in-force')).toContain('spec.unschedulable: true');
  await scenario.does('uncordon node/node-a');
  expect(node('node-a')?.['spec']).not.toHaveProperty('unschedulable');
  expect(annotations('node-a')).toEqual({});
  expect(await scenario.told('in-force')).toContain('holds nothing');
});

test('a cordon leaves the annotation that someone else set, and says so before it is approved', async () => {
  scenario.incident.cluster.changeObject(nodeKey('node-a'), {
    metadata: { annotations: { [KARPENTER]: 'false' } },
  });
  const card = await scenario.ask('cordon node/node-a');
  expect(asked(card)).toContain(`Annotation ${KARPENTER} is false and is left so`);
  await scenario.approve(card);
  await scenario.reached(card.run, 'succeeded');
  expect(annotations('node-a')).toMatchObject({ [CLUSTER_AUTOSCALER]: 'true', [KARPENTER]: 'false' });
  await scenario.does(`undo ${card.run}`);
  expect(node('node-a')?.['spec']).not.toHaveProperty('unschedulable');
  expect(annotations('node-a')).toEqual({ [KARPENTER]: 'false' });
});

test('a cordon without a hold says that nothing holds the node', async () => {
  const card = await scenario.ask('cordon node/node-b --no-hold');
  expect(asked(card)).toContain('Nothing holds the node');
  expect(asked(card)).toContain('The machine behind the node is not protected by its cloud');
  await scenario.approve(card);
  await scenario.reached(card.run, 'succeeded');
  expect(annotations('node-b')).toEqual({ 'firebreak.dev/run': card.run });
  expect(node('node-b')).toMatchObject({ spec: { unschedulable: true } });
});

test('two holds on one node end one after the other, and the node carries the run that is left', async () => {
  const hold = await scenario.does('cordon node/node-b');
  expect(annotations('node-b')).toMatchObject({ [KARPENTER]: 'true', 'firebreak.dev/run': hold.run });
  const label = await scenario.does('label node/node-b quarantine=true');
  await scenario.does(`undo ${label.run}`);
  expect(annotations('node-b')).toMatchObject({ 'firebreak.dev/run': hold.run });
  await scenario.does('uncordon node/node-b');
  expect(annotations('node-b')).toEqual({});
  expect(node('node-b')?.['spec']).not.toHaveProperty('unschedulable');
});

test('a node that Karpenter manages is said to be', async () => {
  scenario.incident.cluster.changeObject(nodeKey('node-b'), {
    metadata: { labels: { 'karpenter.sh/nodepool': 'default' } },
  });
  const card = await scenario.ask('cordon node/node-b');
  expect(asked(card)).toContain('By its labels Karpenter manages the node');
  expect(asked(card)).toContain('expireAfter');
  await scenario.press(card, 'Deny', scenario.incident.slack.people.approver.id);
});
