import { describe, expect, test, vi } from 'vitest';
import type { FirebreakProcess } from '../../sandbox/incident/firebreak-process.ts';
import { holdBack } from './hold-back.ts';
import { carriedOut, isDryRun, isRealPatch } from './patch-requests.ts';
import { type Card, type Scenario, startScenario } from './scenario.ts';
import { until } from './until.ts';

vi.setConfig({ maxConcurrency: 4, testTimeout: 150_000 });

const POD = { group: '', resource: 'pods', namespace: 'payments', name: 'x' } as const;
const LABEL = 'label pod/x quarantine=true --reason "it beacons"';

const startedScenario = (): Promise<Scenario> => startScenario({ cluster: { containers: 'no shell' } });

const outcomes = async (scenario: Scenario, run: string): Promise<readonly string[]> =>
  (await scenario.query('select state from firebreak.changes where run_id = $1 order by id', [run])).map(
    ({ state }) => String(state),
  );

/** The run ended, the change was made once, and whoever looks from outside finds nothing wrong. */
const expectMadeOnce = async (
  scenario: Scenario,
  { run }: Card,
  states: readonly string[],
): Promise<void> => {
  const { cluster } = scenario.incident;
  expect(await scenario.reached(run, 'succeeded', 'failed', 'cancelled')).toBe('succeeded');
  expect(await scenario.violations()).toEqual([]);
  expect(carriedOut(cluster.requests)).toHaveLength(1);
  expect(cluster.object(POD)?.metadata).toMatchObject({
    labels: { quarantine: 'true' },
    annotations: { 'firebreak.dev/run': run },
  });
  expect(await outcomes(scenario, run)).toEqual(states);
};

const fenceOf = async (scenario: Scenario, run: string): Promise<unknown> => {
  const [row] = await scenario.query('select fence from firebreak.runs where id = $1', [run]);
  return row?.['fence'];
};

/** A point in a change that a worker reaches before it is killed; resolves with what lets everything go on. */
type Point = (scenario: Scenario, approve: () => Promise<unknown>) => Promise<() => Promise<void> | void>;

const waitingAt =
  (event: string): Point =>
  async ({ urls }, approve) => {
    const held = await holdBack(urls.ownerUrl, 'audit_events', `new.type = '${event}'`);
    await approve();
    await held.reached();
    return held.release;
  };
const heldIn =
  (how: 'holdBefore' | 'holdAnswer'): Point =>
  async ({ incident }, approve) => {
    const held = incident.cluster.faults[how](isRealPatch);
    await approve();
    await held.reached;
    return () => held.release('forget');
  };

const POINTS: readonly (readonly [string, Point, readonly string[]])[] = [
  ['after the dry run and before the intent', waitingAt('change.intended'), ['applied']],
  ['between the intent and the change', heldIn('holdBefore'), ['not applied', 'applied']],
  ['when the change is made and not answered', heldIn('holdAnswer'), ['applied']],
  ['when the change is answered and its outcome is not written', waitingAt('change.settled'), ['applied']],
];

describe.concurrent('a worker that is killed', () => {
  test.each(POINTS)('%s leaves a change that is made once', async (_where, point, states) => {
    await using scenario = await startedScenario();
    const first = await scenario.start();
    const card = await scenario.ask(LABEL);
    const release = await point(scenario, () => scenario.approve(card));
    await scenario.start();
    await first.kill('SIGKILL');
    await release();
    await expectMadeOnce(scenario, card, states);
    expect(await fenceOf(scenario, card.run)).toBe(2);
    expect(scenario.messages(card.run, 'taken-over')).toHaveLength(1);
  });

  test('with its change still on the way, which arrives while its successor works, leaves one change', async () => {
    await using scenario = await startedScenario();
    const { faults } = scenario.incident.cluster;
    const first = await scenario.start();
    const late = faults.holdBefore(isRealPatch);
    const card = await scenario.ask(LABEL);
    await scenario.approve(card);
    await late.reached;
    const next = faults.holdBefore(isDryRun);
    await scenario.start();
    await first.kill('SIGKILL');
    await next.reached;
    late.release('go on');
    await until('the late change is made', () => carriedOut(scenario.incident.cluster.requests).length === 1);
    next.release('go on');
    await expectMadeOnce(scenario, card, ['applied']);
  });

  test('with its change still on the way, which arrives after the end, changes nothing more', async () => {
    await using scenario = await startedScenario();
    const { faults, requests } = scenario.incident.cluster;
    const first = await scenario.start();
    const late = faults.holdBefore(isRealPatch);
    const card = await scenario.ask(LABEL);
    await scenario.approve(card);
    await late.reached;
    await scenario.start();
    await first.kill('SIGKILL');
    await scenario.reached(card.run, 'succeeded', 'failed');
    late.release('go on');
    await until('the late change is refused', () =>
      requests.some((request) => isRealPatch(request) && request.status === 409),
    );
    await expectMadeOnce(scenario, card, ['not applied', 'applied']);
  });

  test('and whose run is cancelled before another takes it over leaves an outcome that is known', async () => {
    await using scenario = await startedScenario();
    const { cluster, slack } = scenario.incident;
    const held = cluster.faults.holdAnswer(isRealPatch);
    const first = await scenario.start();
    const card = await scenario.ask(LABEL);
    await scenario.approve(card);
    await held.reached;
    await scenario.start();
    await first.kill('SIGKILL');
    held.release('forget');
    expect(await scenario.press(card, 'Cancel', slack.people.requester.id)).toContain('is being stopped');
    expect(await scenario.reached(card.run, 'succeeded', 'cancelled')).toBe('cancelled');
    expect(await scenario.violations()).toEqual([]);
    expect(await outcomes(scenario, card.run)).toEqual(['applied']);
    const [thread] = scenario.messages(card.run, 'artifacts');
    expect(JSON.stringify(thread?.blocks)).toContain('kubectl patch pods/x');
  });
});

const lostIt = (firebreak: FirebreakProcess): Promise<unknown> =>
  until('the slow worker stopped', () =>
    firebreak.log.some(({ msg }) => String(msg).startsWith('Another worker holds this run now')),
  );

describe.concurrent('a worker that lives', () => {
  test('and loses the answer reads the object, and makes no second change', async () => {
    await using scenario = await startedScenario();
    await scenario.start();
    scenario.incident.cluster.faults.loseAnswerOnce(isRealPatch);
    await expectMadeOnce(scenario, await scenario.does(LABEL), ['applied']);
  });

  test.each([
    ['in its dry run', isDryRun, ['applied']],
    ['in its change', isRealPatch, ['not applied', 'applied']],
  ] as const)(
    'but was frozen %s until another had done it changes nothing',
    async (_where, match, states) => {
      await using scenario = await startedScenario();
      const slow = await scenario.start();
      const held = scenario.incident.cluster.faults.holdBefore(match);
      const card = await scenario.ask(LABEL);
      await scenario.approve(card);
      await held.reached;
      await slow.kill('SIGSTOP');
      await scenario.start();
      await scenario.reached(card.run, 'succeeded', 'failed');
      held.release('go on');
      await slow.kill('SIGCONT');
      await lostIt(slow);
      await expectMadeOnce(scenario, card, states);
    },
  );
});
