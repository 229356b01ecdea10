import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { SEED_PEOPLE } from '../../sandbox/slack/workspace-seed.ts';
import { endJudged } from './end-judged.ts';
import { grantHold } from './grant-hold.ts';
import { grantIsolation, TOOL_IMAGE } from './isolation-scene.ts';
import { wordsOf } from './message-words.ts';
import { type Scenario, startScenario } from './scenario.ts';
import { APPROVERS } from './scenario-config.ts';

const NODE = { group: '', resource: 'nodes', namespace: '', name: 'node-a' } as const;
const PROTECTED = { 'eks.amazonaws.com/nodegroup': 'payments' };
const second = SEED_PEOPLE.secondApprover.id;
const rule = (verbs: readonly string[], approvals: number) => ({ verbs, approvals, approvers: [APPROVERS] });

const started = async (
  protectedLabels: Readonly<Record<string, string>>,
  rules: readonly object[],
): Promise<Scenario> => {
  const scenario = await startScenario({
    slack: { rateLimits: 'off' },
    cluster: { containers: 'no shell' },
    config: {
      cluster: { toolImage: TOOL_IMAGE, protected: { namespaces: [], labels: protectedLabels } },
      rules: rules.map((one) => ({ ...one })),
    },
  });
  grantHold(scenario.incident.cluster);
  grantIsolation(scenario.incident.cluster);
  await scenario.start();
  return scenario;
};

const cardOf = (scenario: Scenario, run: string): string =>
  wordsOf(scenario.messages(run, 'card')[0]?.blocks);

describe('where each verb has a rule of its own', () => {
  let scenario: Scenario;
  beforeAll(async () => {
    scenario = await started({}, [
      rule(['contain', 'hold', 'inspect', 'acquire', 'isolate', 'label', 'undo'], 1),
      rule(['cordon'], 2),
    ]);
  }, 60_000);
  afterAll(() => endJudged(scenario));

  test('a containment asks for the approvals of the strictest of its steps, and not for those of a step that is left out', async () => {
    const whole = await scenario.ask('contain pod/x -c app');
    expect(cardOf(scenario, whole.run)).toContain('2 approvals from');
    const alone = await scenario.ask('contain pod/x -c app --no-node');
    expect(cardOf(scenario, alone.run)).toContain('1 approval from');
  });
});

describe('where a verb of its steps has no rule', () => {
  test('a containment is refused with that verb', async () => {
    await using scenario = await started({}, [
      rule(['contain', 'hold', 'inspect', 'isolate', 'label', 'cordon'], 1),
    ]);
    expect(await scenario.told('contain pod/x -c app')).toContain(
      'No rule of this channel names the verb acquire',
    );
    expect(await scenario.violations()).toEqual([]);
  }, 60_000);
});

describe('where the node of the pod is protected', () => {
  test('a hold needs the "*" rule like a protected target does, unless it leaves the node alone', async () => {
    await using scenario = await started(PROTECTED, [rule(['hold', 'unhold', 'undo'], 1), rule(['*'], 2)]);
    const { cluster } = scenario.incident;
    const alone = await scenario.ask('hold pod/x --no-node');
    expect(cardOf(scenario, alone.run)).toContain('1 approval from');
    const card = await scenario.ask('hold pod/x');
    expect(cardOf(scenario, card.run)).toContain('2 approvals from');
    await scenario.approve(card);
    expect(await scenario.state(card.run)).toBe('planned');
    await scenario.press(card, 'Approve', second);
    await scenario.reached(card.run, 'succeeded');
    // What protected it may be gone by then: undoing needs what doing needed.
    cluster.changeObject(NODE, (object) => ({ ...object, metadata: { ...object.metadata, labels: {} } }));
    const unhold = await scenario.ask('unhold pod/x');
    expect(cardOf(scenario, unhold.run)).toContain('2 approvals from');
    const undo = await scenario.ask(`undo ${card.run}`);
    expect(cardOf(scenario, undo.run)).toContain('2 approvals from');
    expect(await scenario.violations()).toEqual([]);
  }, 90_000);

  test('those who decide on its hold decide on what ends it, also when nothing protects it any more', async () => {
    await using scenario = await started(PROTECTED, [
      rule(['hold', 'unhold'], 1),
      { verbs: ['*'], approvals: 1, approvers: [second] },
    ]);
    const { cluster } = scenario.incident;
    const asksOf = (run: string): string | undefined =>
      /1 approval from [^.]*/u.exec(cardOf(scenario, run))?.[0];
    const alone = await scenario.ask('hold pod/x --no-node');
    const card = await scenario.ask('hold pod/x');
    const asked = asksOf(card.run);
    expect(asked).not.toBe(asksOf(alone.run));
    await scenario.press(card, 'Approve', second);
    await scenario.reached(card.run, 'succeeded');
    cluster.changeObject(NODE, (object) => ({ ...object, metadata: { ...object.metadata, labels: {} } }));
    const unhold = await scenario.ask('unhold pod/x');
    expect(asksOf(unhold.run)).toBe(asked);
    expect(await scenario.violations()).toEqual([]);
  }, 90_000);

  test('an isolation needs the "*" rule as soon as a pod is started on the node for it', async () => {
    await using scenario = await started(PROTECTED, [rule(['isolate'], 1), rule(['*'], 2)]);
    const card = await scenario.ask('isolate pod/x');
    expect(cardOf(scenario, card.run)).toContain('1 approval from');
    const fromNode = await scenario.ask('isolate pod/x --from-node');
    expect(cardOf(scenario, fromNode.run)).toContain('2 approvals from');
    expect(await scenario.violations()).toEqual([]);
  }, 90_000);

  test('a hold and a containment are refused where there is no such rule', async () => {
    await using scenario = await started(PROTECTED, [
      rule(['contain', 'hold', 'inspect', 'acquire', 'isolate', 'label', 'cordon'], 1),
    ]);
    const refused = 'The target is protected on prod-cluster, and this channel has no';
    expect(await scenario.told('hold pod/x')).toContain(refused);
    expect(await scenario.told('contain pod/x -c app')).toContain(refused);
    const card = await scenario.ask('contain pod/x -c app --no-node');
    expect(cardOf(scenario, card.run)).toContain('1 approval from');
    expect(await scenario.violations()).toEqual([]);
  }, 90_000);
});
