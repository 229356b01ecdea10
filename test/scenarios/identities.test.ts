import { renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import type { RecordedRequest } from '../../sandbox/cluster/api/recorded-request.ts';
import { wordsOf } from './message-words.ts';
import { type Card, type Scenario, startScenario } from './scenario.ts';
import { writeKubeconfigFor } from './write-kubeconfig.ts';

const NODE = { group: '', resource: 'nodes', namespace: '', name: 'node-a' } as const;

/** `act` is whoever's token lies in its file: another user, or the reading one. */
let actAs: (user: 'responder' | 'reader') => void;
let scenario: Scenario;
beforeAll(async () => {
  const identities = { read: { context: 'reader' }, act: { context: 'acting' } };
  scenario = await startScenario({
    cluster: { containers: 'no shell' },
    slack: { rateLimits: 'off' },
    config: { cluster: { identities } },
  });
  const { cluster } = scenario.incident;
  const folder = join(scenario.dataDir, 'sandbox');
  const tokenFile = join(folder, 'acting-token');
  actAs = (user) => {
    writeFileSync(`${tokenFile}.new`, cluster.token(user), { mode: 0o600 });
    renameSync(`${tokenFile}.new`, tokenFile);
  };
  actAs('responder');
  writeKubeconfigFor(cluster, join(folder, 'kubeconfig'), ['reader', 'acting'], { acting: { tokenFile } });
  await scenario.start();
}, 60_000);
afterAll(async () => {
  // So many runs owe more edits of their cards than a minute has.
  await scenario?.advance(61_000);
  try {
    expect(await scenario.violations()).toEqual([]);
  } finally {
    await scenario?.[Symbol.asyncDispose]();
  }
});
beforeEach(() => actAs('responder'));

/** A write, or a way into a container. */
const reaches = ({ method, resource, upgrade }: RecordedRequest): boolean =>
  upgrade ||
  resource === 'pods/exec' ||
  resource === 'pods/log' ||
  (method !== 'GET' && !resource.endsWith('reviews'));
const requests = (from: number): readonly RecordedRequest[] => scenario.incident.cluster.requests.slice(from);
const now = (): number => scenario.incident.cluster.requests.length;
const usersOf = (some: readonly RecordedRequest[]): readonly string[] => [
  ...new Set(some.map(({ user }) => user)),
];
const endOf = async ({ run }: Card): Promise<string> => wordsOf((await scenario.shown(run, 'end')).blocks);
const trailOf = async ({ run }: Card): Promise<readonly string[]> =>
  (await scenario.query('select type from firebreak.audit_events where run_id = $1 order by seq', [run])).map(
    ({ type }) => String(type),
  );

/** What is done with each verb, once there is something to take off and to undo. */
const COMMANDS = [
  'label pod/multi quarantine=true',
  'unlabel pod/multi app',
  'cordon node/node-b',
  'uncordon node/node-a',
] as const;

const ACQUIRE = 'acquire pod/multi -c app';

const cordonByHand = (): void => {
  scenario.incident.cluster.changeObject(NODE, { spec: { unschedulable: true } });
};

test('planning reads by the reading identity alone, and a run writes and reaches in by the acting one alone', async () => {
  cordonByHand();
  for (const command of [...COMMANDS, ACQUIRE] as const) {
    const start = now();
    const card = await scenario.ask(command);
    expect(usersOf(requests(start)), command).toEqual(['reader']);
    expect(requests(start).filter(reaches), command).toEqual([]);
    const approved = now();
    await scenario.approve(card);
    await scenario.reached(card.run, 'succeeded', 'incomplete');
    const reached = requests(approved).filter(reaches);
    expect(reached.length, command).toBeGreaterThan(0);
    expect(usersOf(reached), command).toEqual(['responder']);
    if (command !== ACQUIRE) await scenario.does(`undo ${card.run}`);
  }
});

test('with the reading identity alone every plan works, and the API server refuses every execution', async () => {
  cordonByHand();
  const held = await scenario.does('label pod/x quarantine=true');
  actAs('reader');
  const before = now();
  for (const command of [...COMMANDS, `undo ${held.run}`]) {
    const card = await scenario.ask(command);
    await scenario.approve(card);
    expect(await scenario.reached(card.run, 'succeeded', 'failed'), command).toBe('failed');
    const words = await endOf(card);
    expect(words, command).toMatch(
      /Firebreak may not patch (pods|nodes) in .*prod-cluster: .*User "reader" cannot patch/u,
    );
    expect(words, command).toContain('Grant patch');
    expect(await trailOf(card), command).toEqual([
      'run.requested',
      'decision.given',
      'run.queued',
      'run.started',
      'run.failed',
    ]);
  }
  const card = await scenario.ask(ACQUIRE);
  await scenario.approve(card);
  await scenario.reached(card.run, 'incomplete');
  expect(await endOf(card)).toContain('Firebreak may not get pods/exec and create pods/exec');
  expect(await trailOf(card)).toContain('run.incomplete');
  const reached = requests(before).filter(reaches);
  expect(usersOf(reached)).toEqual(['reader']);
  expect(new Set(reached.map(({ status }) => status))).toEqual(new Set([403]));
  expect(new Set(reached.map(({ resource }) => resource))).toEqual(
    new Set(['pods', 'nodes', 'pods/exec', 'pods/log']),
  );
  const inspected = now();
  const read = await scenario.ask('inspect pod/x');
  await scenario.reached(read.run, 'succeeded');
  expect(usersOf(requests(inspected))).toEqual(['reader']);
  actAs('responder');
  await scenario.does(`undo ${held.run}`);
});
