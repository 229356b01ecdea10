import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { textOf } from '../../sandbox/demo/read-message.ts';
import { startIsolationScenario, lacks } from './isolation-scene.ts';
import type { Scenario } from './scenario.ts';

const POD = { group: '', resource: 'pods', namespace: 'payments', name: 'x' } as const;

let scenario: Scenario;
beforeEach(({ skip }) => {
  if (lacks !== '') skip(lacks);
});
afterEach(async () => {
  if (lacks !== '') return;
  try {
    expect(await scenario.violations()).toEqual([]);
  } finally {
    await scenario[Symbol.asyncDispose]();
  }
});

describe('an isolation', () => {
  test('is proven, shown as held, and released', async () => {
    scenario = await startIsolationScenario();
    await scenario.start();
    const card = await scenario.ask('isolate pod/x --keep');
    console.log(textOf(await scenario.shown(card.run, 'card')));
    await scenario.approve(card);
    console.log(await scenario.reached(card.run, 'succeeded', 'failed', 'incomplete', 'cancelled'));
    console.log(textOf(await scenario.shown(card.run, 'end')));
    console.log(await scenario.told('in-force'));
    console.log(JSON.stringify(scenario.incident.cluster.object(POD)?.metadata));
    const released = await scenario.does('release pod/x');
    console.log(textOf(await scenario.shown(released.run, 'end')));
    console.log(await scenario.told('in-force'));
  }, 120_000);
});
