import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { SEED_PEOPLE } from '../../sandbox/slack/workspace-seed.ts';
import { endJudged } from './end-judged.ts';
import { wordsOf } from './message-words.ts';
import { isRealPatch } from './patch-requests.ts';
import { type Scenario, startScenario } from './scenario.ts';

const POD = { group: '', resource: 'pods', namespace: 'payments', name: 'x' } as const;
const NODE = { group: '', resource: 'nodes', namespace: '', name: 'node-a' } as const;
const LABELS = { app: 'checkout', 'pod-template-hash': '7d9f8b6c54' };

let scenario: Scenario;
beforeAll(async () => {
  scenario = await startScenario({
    cluster: { containers: 'no shell' },
    slack: { rateLimits: 'off' },
  });
  await scenario.start();
}, 60_000);
afterAll(() => endJudged(scenario));
beforeEach(() => scenario.incident.cluster.faults.clear());

const pod = () => scenario.incident.cluster.object(POD);

describe('a run that is cancelled', () => {
  test('before its change is made changes nothing', async () => {
    const card = await scenario.ask('label pod/x team=red');
    const held = scenario.incident.cluster.faults.holdBefore(({ path }) => path.includes('dryRun'));
    await scenario.approve(card);
    await held.reached;
    await scenario.press(card, 'Cancel', SEED_PEOPLE.requester.id);
    await scenario.reached(card.run, 'cancelled');
    held.release('forget');
    expect(pod()?.metadata.labels).toEqual(LABELS);
    expect(wordsOf((await scenario.shown(card.run, 'end')).blocks)).toContain('Nothing was changed');
  });

  test('while its change is made says what it changed, and can be undone', async () => {
    const card = await scenario.ask('label pod/x team=red');
    const held = scenario.incident.cluster.faults.holdBefore(isRealPatch);
    await scenario.approve(card);
    await held.reached;
    expect(await scenario.press(card, 'Cancel', SEED_PEOPLE.requester.id)).toContain('is being stopped');
    held.release('go on');
    await scenario.reached(card.run, 'cancelled', 'succeeded');
    expect(pod()?.metadata.labels).toMatchObject({ team: 'red' });
    const end = wordsOf((await scenario.shown(card.run, 'end')).blocks);
    expect(end).toContain('Changed');
    expect(end).toContain('label team: absent ▶ red');
    expect(await scenario.press(card, 'Cancel', SEED_PEOPLE.requester.id)).toContain('has already ended');
    await scenario.does(`undo ${card.run}`);
    expect(pod()?.metadata.labels).toEqual(LABELS);
  });
});

describe('changing runs', () => {
  test('on one node run one after the other, and do not hold up one on another object', async () => {
    const { cluster } = scenario.incident;
    const held = cluster.faults.holdBefore((request) => isRealPatch(request) && request.name === 'node-a');
    const first = await scenario.ask('label node/node-a team=red');
    const second = await scenario.ask('label node/node-a quarantine=true');
    await scenario.approve(first);
    await held.reached;
    await scenario.approve(second);
    const other = await scenario.does('label pod/x team=red');
    expect(await scenario.state(second.run)).toBe('queued');
    held.release('go on');
    await scenario.reached(second.run, 'succeeded');
    await scenario.reached(first.run, 'succeeded');
    expect(cluster.object(NODE)?.metadata).toMatchObject({
      labels: { team: 'red', quarantine: 'true' },
      annotations: { 'firebreak.dev/run': second.run },
    });
    for (const card of [first, second, other]) await scenario.does(`undo ${card.run}`);
    expect(await scenario.told('in-force')).toContain('holds nothing');
  });
});
