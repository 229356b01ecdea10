import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { SEED_PEOPLE } from '../../sandbox/slack/workspace-seed.ts';
import { type Card, type Scenario, startScenario } from './scenario.ts';
import { until } from './until.ts';

const { approver, outsider } = SEED_PEOPLE;

let scenario: Scenario;
let card: Card;
beforeEach(async () => {
  scenario = await startScenario();
  await scenario.start();
  card = await scenario.ask('acquire pod/x --reason "odd outbound traffic"');
});
afterEach(() => scenario?.[Symbol.asyncDispose]());

/** What the run left behind: the folder's INCOMPLETE and its manifest. */
const left = async (name: string): Promise<string> =>
  readFile(join(scenario.incident.evidence, card.run.replace(/-\d+$/, ''), card.run, name), 'utf8');

test('a run that is cancelled in a stream stops, and keeps what arrived as INCOMPLETE', async () => {
  const { cluster } = scenario.incident;
  cluster.faults.limitExecRate(5_000);
  await scenario.press(card, 'Approve', approver.id);
  await until('the first exec', () => cluster.requests.some(({ resource }) => resource === 'pods/exec'));
  expect(await scenario.press(card, 'Cancel', outsider.id)).toContain('can cancel it');
  expect(await scenario.press(card, 'Cancel', approver.id)).toContain('is being stopped');
  expect(await scenario.reached(card.run, 'cancelled', 'incomplete', 'succeeded', 'failed')).toBe(
    'cancelled',
  );
  expect(await scenario.press(card, 'Cancel', approver.id)).toContain('already ended');
  expect(await scenario.violations()).toEqual([]);
  expect(await left('INCOMPLETE')).toContain('volatile.jsonl');
  expect(await left('manifest.json')).toContain('"code":"cancelled"');
});

test('a run that is cancelled between two objects does not call itself complete', async () => {
  const { cluster } = scenario.incident;
  cluster.faults.slow(4_000, ({ resource }) => resource === 'pods/log');
  await scenario.press(card, 'Approve', approver.id);
  await until('it asks for the log', () => cluster.requests.some(({ resource }) => resource === 'pods/log'));
  expect(await scenario.told(`cancel ${card.run}`)).toContain('is being stopped');
  expect(await scenario.reached(card.run, 'cancelled', 'incomplete', 'succeeded', 'failed')).toBe(
    'cancelled',
  );
  expect(await scenario.violations()).toEqual([]);
});
