import { describe, expect, test, vi } from 'vitest';
import { z } from 'zod';
import type { RecordedRequest } from '../../sandbox/cluster/api/recorded-request.ts';
import { callApi } from '../../sandbox/cluster/testing/call-api.ts';
import { grantHold } from './grant-hold.ts';
import { holdBack } from './hold-back.ts';
import { type Card, type Scenario, startScenario } from './scenario.ts';
import { APPROVERS } from './scenario-config.ts';

vi.setConfig({ maxConcurrency: 3, testTimeout: 150_000 });

const BUDGETS = 'poddisruptionbudgets';
const POLICIES = 'validatingadmissionpolicies';

const startedScenario = async (): Promise<Scenario> => {
  const scenario = await startScenario({
    cluster: { containers: 'no shell', controllers: 'on' },
    slack: { rateLimits: 'off' },
    config: { rules: [{ verbs: ['*'], approvals: 1, approvers: [APPROVERS] }] },
  });
  grantHold(scenario.incident.cluster);
  return scenario;
};

type Match = (request: RecordedRequest) => boolean;
const isReal = ({ path }: RecordedRequest): boolean => !path.includes('dryRun=All');
const called =
  (method: 'POST' | 'DELETE', resource: string): Match =>
  (request) =>
    request.method === method && request.resource === resource && isReal(request);
const carriedOut = ({ incident }: Scenario, match: Match): number =>
  incident.cluster.requests.filter((request) => match(request) && (request.status ?? 500) < 300).length;

const changesTo = async (scenario: Scenario, run: string, kind: string): Promise<readonly string[]> =>
  (
    await scenario.query(
      `select state from firebreak.changes where run_id = $1 and uid like $2 order by id`,
      [run, `made:${kind}/%`],
    )
  ).map(({ state }) => String(state));

const listSchema = z.object({ items: z.array(z.object({ metadata: z.object({ name: z.string() }) })) });
const budgets = async ({ incident }: Scenario): Promise<readonly string[]> => {
  const path = `/apis/policy/v1/namespaces/payments/${BUDGETS}`;
  const { items } = listSchema.parse((await callApi(incident.cluster, { path })).json);
  return items.map(({ metadata }) => metadata.name).filter((name) => name.startsWith('firebreak-'));
};

/** A point in the change of the budget that a worker reaches before it is killed; resolves with what lets all go on. */
type Point = (
  scenario: Scenario,
  match: Match,
  approve: () => Promise<unknown>,
) => Promise<() => Promise<void> | void>;

const waitingAt =
  (when: string): Point =>
  async ({ urls }, _match, approve) => {
    const held = await holdBack(urls.ownerUrl, 'audit_events', when);
    await approve();
    await held.reached();
    return held.release;
  };
const heldIn =
  (how: 'holdBefore' | 'holdAnswer'): Point =>
  async ({ incident }, match, approve) => {
    const held = incident.cluster.faults[how](match);
    await approve();
    await held.reached;
    return () => held.release('forget');
  };

/** `change`: the number that the budget's change has in the ledger. */
const pointsOf = (change: number): readonly (readonly [string, Point, readonly string[]])[] => [
  [
    'after the dry run and before the intent',
    waitingAt(`new.type = 'change.intended' and new.body like '%"change":"${change}"%'`),
    ['applied'],
  ],
  ['between the intent and the call', heldIn('holdBefore'), ['not applied', 'applied']],
  ['when the call is carried out and not answered', heldIn('holdAnswer'), ['applied']],
  [
    'when the call is answered and its outcome is not written',
    waitingAt(`new.type = 'change.settled' and new.body like '%"change":"${change}"%'`),
    ['applied'],
  ],
];

const killedAt = async (
  scenario: Scenario,
  point: Point,
  { card, match }: { readonly card: Card; readonly match: Match },
  first: { kill(signal: 'SIGKILL'): Promise<unknown> },
): Promise<void> => {
  const release = await point(scenario, match, () => scenario.approve(card));
  await scenario.start();
  await first.kill('SIGKILL');
  await release();
  expect(await scenario.reached(card.run, 'succeeded', 'failed')).toBe('succeeded');
};

describe.concurrent('a worker that is killed', () => {
  test.each(pointsOf(2))('%s leaves one budget of a hold', async (_where, point, states) => {
    await using scenario = await startedScenario();
    const first = await scenario.start();
    const card = await scenario.ask('hold pod/x --reason "it beacons"');
    const match = called('POST', BUDGETS);
    await killedAt(scenario, point, { card, match }, first);
    expect(await budgets(scenario)).toEqual([`firebreak-${card.run.toLowerCase()}`]);
    expect(carriedOut(scenario, match)).toBe(1);
    expect(await changesTo(scenario, card.run, 'poddisruptionbudget')).toEqual(states);
    expect(carriedOut(scenario, called('POST', POLICIES))).toBe(1);
    expect(await scenario.violations()).toEqual([]);
  });

  test.each(pointsOf(8))('%s leaves none of an unhold', async (_where, point, states) => {
    await using scenario = await startedScenario();
    const first = await scenario.start();
    await scenario.does('hold pod/x --reason "it beacons"');
    const card = await scenario.ask('unhold pod/x --reason "case closed"');
    const match = called('DELETE', BUDGETS);
    await killedAt(scenario, point, { card, match }, first);
    expect(await budgets(scenario)).toEqual([]);
    expect(carriedOut(scenario, match)).toBe(1);
    expect(await changesTo(scenario, card.run, 'poddisruptionbudget')).toEqual(states);
    expect(await scenario.told('in-force')).toContain('holds nothing');
    expect(await scenario.violations()).toEqual([]);
  });
});
