import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { SEED_CHANNELS, SEED_PEOPLE } from '../../sandbox/slack/workspace-seed.ts';
import { endJudged } from './end-judged.ts';
import { wordsOf } from './message-words.ts';
import { isRealPatch } from './patch-requests.ts';
import { type Scenario, startScenario } from './scenario.ts';
import { APPROVERS, type Rules } from './scenario-config.ts';

const POD = { group: '', resource: 'pods', namespace: 'payments', name: 'x' } as const;
const RULES: Rules = [
  { verbs: ['label', 'unlabel', 'cordon', 'uncordon', 'undo'], approvals: 1, approvers: [APPROVERS] },
];

let scenario: Scenario;
beforeAll(async () => {
  scenario = await startScenario({
    cluster: { containers: 'no shell' },
    slack: { rateLimits: 'off' },
    channels: { [SEED_CHANNELS.incident.id]: RULES, [SEED_CHANNELS.secondIncident.id]: RULES },
  });
  await scenario.start();
}, 60_000);
afterAll(() => endJudged(scenario));
beforeEach(() => scenario.incident.cluster.faults.clear());

const pod = () => scenario.incident.cluster.object(POD);
const LABELS = { app: 'checkout', 'pod-template-hash': '7d9f8b6c54' };
const setTeam = (team: string | null) =>
  scenario.incident.cluster.changeObject(POD, { metadata: { labels: { team } } });

describe('an undo', () => {
  test('by the button on the card puts back what the run changed, once', async () => {
    const done = await scenario.does('label pod/x quarantine=true');
    const undo = await scenario.pressForCard(done, 'Undo', SEED_PEOPLE.requester.id);
    expect(pod()?.metadata.labels).toMatchObject({ quarantine: 'true' });
    await scenario.approve(undo);
    await scenario.reached(undo.run, 'succeeded');
    expect(pod()?.metadata.labels).toEqual(LABELS);
    const shown = await scenario.shown(done.run, 'card', (text) => text.includes('Undone by'));
    expect(wordsOf(shown.blocks)).not.toContain('Ask to undo');
    expect(await scenario.told(`undo ${done.run}`)).toContain('already absent again');
  });

  test('shows what someone changed since, and leaves it', async () => {
    const { run: id } = await scenario.does('label pod/x team=red quarantine=true');
    setTeam('green');
    const held = await scenario.told('in-force');
    expect(held).toContain('label team: red, was absent');
    expect(held).toContain('now green, changed by someone else');
    const undo = await scenario.ask(`undo ${id}`);
    const [card] = scenario.messages(undo.run, 'card');
    expect(wordsOf(card?.blocks)).toContain('label team is now green, was set to red: left as it is.');
    await scenario.approve(undo);
    await scenario.reached(undo.run, 'succeeded');
    expect(pod()?.metadata.labels).toMatchObject({ ...LABELS, team: 'green' });
    expect(pod()?.metadata.labels).not.toHaveProperty('quarantine');
    const end = await scenario.shown(undo.run, 'end');
    expect(wordsOf(end.blocks)).toContain('Someone changed label team since, which is left as it is.');
    await scenario.quiet(id);
    const [first] = scenario.messages(id, 'card');
    expect(wordsOf(first?.blocks)).not.toContain('Undone by');
    expect(await scenario.told('in-force')).toContain('label team: red, was absent');
    expect(await scenario.told(`undo ${id}`)).toMatch(/label team is now .green., was set to .red./);
    setTeam('red');
    await scenario.does(`undo ${id}`);
    expect(pod()?.metadata.labels).toEqual(LABELS);
    await scenario.shown(id, 'card', (text) => text.includes('Undone by'));
  });

  test('that was approved overwrites nothing that was changed meanwhile', async () => {
    const { run: id } = await scenario.does('label pod/x team=red');
    const undo = await scenario.ask(`undo ${id}`);
    setTeam('green');
    await scenario.approve(undo);
    expect(await scenario.reached(undo.run, 'succeeded', 'failed')).toBe('failed');
    expect(pod()?.metadata.labels).toMatchObject({ team: 'green' });
    setTeam('red');
    await scenario.does(`undo ${id}`);
  });

  test('of a run of another channel is refused as if there were none', async () => {
    const { run: id } = await scenario.does('label pod/x team=red');
    const told = await scenario.told(`undo ${id}`, { channel: SEED_CHANNELS.secondIncident.id });
    expect(told).toContain(`There is no run ${id} in this channel`);
    const listed = await scenario.told('in-force', { channel: SEED_CHANNELS.secondIncident.id });
    expect(listed).toContain(`by ${id} (label, in another channel)`);
    expect(listed).not.toContain('/k8s undo');
    await scenario.does(`undo ${id}`);
  });

  test('of a run that is not at its end is refused', async () => {
    const held = scenario.incident.cluster.faults.holdBefore(isRealPatch);
    const card = await scenario.ask('label pod/x team=red');
    expect(await scenario.told(`undo ${card.run}`)).toContain('changed nothing');
    await scenario.approve(card);
    await held.reached;
    expect(await scenario.told(`undo ${card.run}`)).toContain('is not at its end yet');
    held.release('go on');
    await scenario.reached(card.run, 'succeeded');
    await scenario.does(`undo ${card.run}`);
    expect(await scenario.told('in-force')).toContain('holds nothing');
  });
});
