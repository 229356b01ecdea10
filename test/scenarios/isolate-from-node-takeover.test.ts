import { execFileSync } from 'node:child_process';
import { beforeEach, describe, expect, test } from 'vitest';
import { holdBack } from './hold-back.ts';
import { lacks, startIsolationScenario } from './isolation-scene.ts';
import { loads, nodeExecs } from './node-execs.ts';
import type { Scenario } from './scenario.ts';

const ISOLATE = 'isolate pod/x --keep --from-node';

beforeEach(({ skip }) => {
  if (lacks !== '') skip(lacks);
});

const started = async (): Promise<Scenario> => {
  const scenario = await startIsolationScenario({
    network: { enforcement: 'none', connections: 'kept' },
  });
  const { cluster } = scenario.incident;
  if (cluster.network === 'loopback only') throw new Error(cluster.networkReason);
  if (cluster.cgroups === 'none') throw new Error('this machine lets us make no cgroups');
  return scenario;
};

const tables = ({ incident }: Scenario): string => {
  const pid = String(incident.cluster.containerPid('payments', 'x', 'app'));
  return execFileSync('nsenter', ['-t', pid, '-n', '--', 'nft', 'list', 'tables'], { encoding: 'utf8' });
};
/** What the ledger says of the rules, each try of it. */
const triesOf = async (scenario: Scenario, run: string): Promise<readonly string[]> =>
  (
    await scenario.query(
      `select state from firebreak.changes where run_id = $1 and object::jsonb ->> 'kind' = 'netns' order by id`,
      [run],
    )
  ).map(({ state }) => String(state));

const expectMadeOnce = async (scenario: Scenario, run: string, tries: readonly string[]): Promise<void> => {
  expect(await scenario.reached(run, 'succeeded', 'failed', 'incomplete')).toBe('succeeded');
  expect(await triesOf(scenario, run)).toEqual(tries);
  expect(tables(scenario).match(/firebreak_/g)).toHaveLength(1);
  // Whoever takes over after the deny can't see any more what reached the pod before it.
  expect(await scenario.told('in-force')).toMatch(/proven (CONTAINED|PARTIAL)/);
};

describe('a worker that is killed while it cuts a pod off from its node', () => {
  test('before the intent leaves rules that are made once', async () => {
    await using scenario = await started();
    const held = await holdBack(
      scenario.urls.ownerUrl,
      'audit_events',
      `new.type = 'change.intended' and new.body like '%"netns"%'`,
    );
    const first = await scenario.start();
    const card = await scenario.ask(ISOLATE);
    await scenario.approve(card);
    await held.reached();
    expect(tables(scenario)).not.toContain('firebreak');
    await scenario.start();
    await first.kill('SIGKILL');
    await held.release();
    await expectMadeOnce(scenario, card.run, ['applied']);
    expect(await scenario.violations()).toEqual([]);
  }, 180_000);

  test('between the intent and the rules makes them once, and one that comes late changes nothing', async () => {
    await using scenario = await started();
    const { faults, requests } = scenario.incident.cluster;
    const late = faults.holdBefore(loads());
    const first = await scenario.start();
    const card = await scenario.ask(ISOLATE);
    await scenario.approve(card);
    await late.reached;
    expect(tables(scenario)).not.toContain('firebreak');
    await scenario.start();
    await first.kill('SIGKILL');
    await expectMadeOnce(scenario, card.run, ['not applied', 'applied']);
    await scenario.does('release pod/x');
    late.release('go on');
    // The pod by which it would have come is gone.
    await expect.poll(() => nodeExecs(requests).map(({ status }) => status)).toContain(404);
    expect(tables(scenario)).not.toContain('firebreak');
    expect(await scenario.violations()).toEqual([]);
  }, 180_000);

  test('after the rules and before the outcome finds them as they were made', async () => {
    await using scenario = await started();
    const { faults } = scenario.incident.cluster;
    const loading = faults.holdBefore(loads());
    const first = await scenario.start();
    const card = await scenario.ask(ISOLATE);
    await scenario.approve(card);
    await loading.reached;
    const held = await holdBack(scenario.urls.ownerUrl, 'audit_events', `new.type = 'change.settled'`);
    loading.release('go on');
    await held.reached();
    expect(tables(scenario)).toContain('firebreak_');
    await scenario.start();
    await first.kill('SIGKILL');
    await held.release();
    await expectMadeOnce(scenario, card.run, ['applied']);
    expect(await scenario.violations()).toEqual([]);
  }, 180_000);

  test('and an answer that is lost leaves rules that are read back', async () => {
    await using scenario = await started();
    scenario.incident.cluster.faults.cutExecAfterBytes(0, loads());
    await scenario.start();
    const { run } = await scenario.does(ISOLATE);
    await expectMadeOnce(scenario, run, ['applied']);
    expect(await scenario.violations()).toEqual([]);
  }, 180_000);
});
