import { afterEach, beforeEach, expect, test } from 'vitest';
import { endJudged } from './end-judged.ts';
import { wordsOf } from './message-words.ts';
import { type Card, type Scenario, startScenario } from './scenario.ts';
import { APPROVERS } from './scenario-config.ts';

const POD = { group: '', resource: 'pods', namespace: 'payments', name: 'x' } as const;
const LABELS = { app: 'checkout', 'pod-template-hash': '7d9f8b6c54' };

let scenario: Scenario;
beforeEach(async () => {
  scenario = await startScenario({
    cluster: { containers: 'no shell' },
    slack: { rateLimits: 'off' },
    config: { rules: [{ verbs: ['*'], approvals: 1, approvers: [APPROVERS] }] },
  });
  await scenario.start();
}, 60_000);
afterEach(() => endJudged(scenario));

const metadata = () => scenario.incident.cluster.object(POD)?.metadata;
const bare = (): void => {
  expect(metadata()?.labels).toEqual(LABELS);
  expect(metadata()?.annotations ?? {}).toEqual({});
};
/** Approves what was asked and waits for how it ends. */
const end = async (card: Card): Promise<string> => {
  await scenario.approve(card);
  return scenario.reached(card.run, 'succeeded', 'failed');
};

test('an undo of an undo is refused, with the command that does it again', async () => {
  const { run } = await scenario.does('label pod/x quarantine=true');
  const undo = await scenario.does(`undo ${run}`);
  const told = await scenario.told(`undo ${undo.run}`);
  expect(told).toContain('is itself an undo');
  expect(told).toContain('/k8s label pod/x quarantine=true');
  bare();
});

test('two undos that were planned together leave no mark behind, whichever comes first', async () => {
  const a = await scenario.does('label pod/x team=red');
  const b = await scenario.does('label pod/x tier=gold');
  const undoA = await scenario.ask(`undo ${a.run}`);
  const undoB = await scenario.ask(`undo ${b.run}`);
  expect(await end(undoB)).toBe('succeeded');
  expect(await end(undoA)).toBe('failed');
  expect(wordsOf((await scenario.shown(undoA.run, 'end')).blocks)).toContain(
    'changed since this was approved',
  );
  expect(metadata()?.annotations).toEqual({ 'firebreak.dev/run': a.run });
  await scenario.does(`undo ${a.run}`);
  bare();
});

test('an undo that was planned before another run came takes no mark of that run', async () => {
  const a = await scenario.does('label pod/x team=red');
  const undo = await scenario.ask(`undo ${a.run}`);
  const b = await scenario.does('label pod/x tier=gold');
  expect(await end(undo)).toBe('failed');
  expect(metadata()?.annotations).toEqual({ 'firebreak.dev/run': b.run });
  await scenario.does(`undo ${a.run}`);
  expect(metadata()?.annotations).toEqual({ 'firebreak.dev/run': b.run });
  await scenario.does(`undo ${b.run}`);
  bare();
});

test('a run whose field a later run set is not called undone, and holds it again once that one is undone', async () => {
  const one = await scenario.does('label pod/x team=red quarantine=true');
  const two = await scenario.does('label pod/x team=blue --overwrite');
  const undo = await scenario.does(`undo ${one.run}`);
  expect(wordsOf((await scenario.shown(undo.run, 'end')).blocks)).toContain(
    `${two.run} set label team since, which is left as it is.`,
  );
  await scenario.does(`undo ${two.run}`);
  expect(metadata()?.labels).toMatchObject({ team: 'red' });
  expect(metadata()?.annotations).toEqual({ 'firebreak.dev/run': one.run });
  expect(await scenario.told('in-force')).toContain(`by ${one.run} (label)`);
  await scenario.does(`undo ${one.run}`);
  bare();
});

test('what someone put back by hand is not held any more, and never marked again', async () => {
  const one = await scenario.does('label pod/x quarantine=true');
  scenario.incident.cluster.changeObject(POD, {
    metadata: {
      labels: { quarantine: null, 'firebreak.dev/case': null },
      annotations: { 'firebreak.dev/run': null },
    },
  });
  expect(await scenario.told('in-force')).toContain('holds nothing');
  expect(await scenario.told(`undo ${one.run}`)).toContain('already absent again');
  const other = await scenario.does('label pod/x tier=gold');
  expect(metadata()?.annotations).toEqual({ 'firebreak.dev/run': other.run });
  await scenario.does(`undo ${other.run}`);
  bare();
});

test('marks that stayed when someone put the field back go with the undo', async () => {
  const one = await scenario.does('label pod/x quarantine=true team=red');
  scenario.incident.cluster.changeObject(POD, { metadata: { labels: { quarantine: null, team: null } } });
  await scenario.does(`undo ${one.run}`);
  bare();
});
