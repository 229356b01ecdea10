import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import type { FirebreakProcess } from '../../sandbox/incident/firebreak-process.ts';
import { SEED_CHANNELS, SEED_PEOPLE } from '../../sandbox/slack/workspace-seed.ts';
import { type Scenario, startScenario } from './scenario.ts';
import { APPROVERS, INSPECT_FREELY, type Rules } from './scenario-config.ts';

const { approver } = SEED_PEOPLE;
const incident = SEED_CHANNELS.incident.id;
const ACQUIRE = 'acquire pod/x --reason "odd outbound traffic"';

let scenario: Scenario;
let firebreak: FirebreakProcess;
beforeAll(async () => {
  scenario = await startScenario({ cluster: { containers: 'no shell' } });
  firebreak = await scenario.start();
});
afterAll(() => scenario?.[Symbol.asyncDispose]());
afterEach(async () => {
  expect(await scenario.violations()).toEqual([]);
});

/** Nothing reached into a container while `work` went on. */
const untouched = async <Result>(work: () => Promise<Result>): Promise<Result> => {
  const before = scenario.insides();
  const result = await work();
  expect(scenario.insides()).toBe(before);
  return result;
};

const OTHER: Rules = [
  INSPECT_FREELY,
  { verbs: ['acquire'], approvals: 1, approvers: [APPROVERS], expires: '29m' },
];
const readiness = async ({ adminPort }: FirebreakProcess): Promise<string> => {
  const response = await fetch(`http://127.0.0.1:${adminPort}/readyz`);
  return `${response.status} ${await response.text()}`;
};

test('a restart forgets no card: what was asked before it can be decided after it', async () => {
  const card = await scenario.ask(ACQUIRE);
  await scenario.quiet(card.run);
  await firebreak.kill('SIGKILL');
  firebreak = await scenario.start();
  expect(await scenario.press(card, 'Approve', approver.id)).toContain('You approved');
  await scenario.reached(card.run, 'incomplete');
});

test('a restart with another policy decides nothing that was asked under the first one, and says so', async () => {
  const card = await scenario.ask(ACQUIRE);
  expect(await readiness(firebreak)).toMatch(/^200/);
  await firebreak.kill('SIGTERM');
  firebreak = await scenario.start({
    FIREBREAK_CONFIG: await scenario.writeConfig('other.yml', { [incident]: OTHER }),
  });
  expect(await readiness(firebreak)).toMatch(/^503.*another configuration/);
  expect(await untouched(() => scenario.press(card, 'Approve', approver.id))).toContain(
    'The configuration changed',
  );
  expect(await scenario.state(card.run)).toBe('planned');
  await firebreak.kill('SIGTERM');
  firebreak = await scenario.start();
  expect(await scenario.press(card, 'Deny', approver.id)).toContain('You denied');
});

test('a restart with another policy refuses to run what was approved under the first one', async () => {
  const card = await scenario.ask(ACQUIRE);
  // The cluster holds the run back until its worker is dead.
  const held = scenario.incident.cluster.faults.hang(
    ({ resource, verb }) => resource === 'pods' && verb === 'get',
  );
  await scenario.press(card, 'Approve', approver.id);
  await scenario.reached(card.run, 'running');
  await scenario.quiet(card.run);
  await firebreak.kill('SIGKILL');
  held.remove();
  await untouched(async () => {
    firebreak = await scenario.start({
      FIREBREAK_CONFIG: await scenario.writeConfig('other.yml', { [incident]: OTHER }),
    });
    await scenario.reached(card.run, 'failed');
    await scenario.shown(card.run, 'end', (text) => text.includes('The configuration changed'));
  });
});
