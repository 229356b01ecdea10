import { describe, expect, test, vi } from 'vitest';
import type { FirebreakProcess } from '../../sandbox/incident/firebreak-process.ts';
import { SEED_PEOPLE } from '../../sandbox/slack/workspace-seed.ts';
import { filesBelow } from '../checker/files-below.ts';
import { holdBack } from './hold-back.ts';
import { type Card, type Scenario, startScenario } from './scenario.ts';
import { until } from './until.ts';

vi.setConfig({ maxConcurrency: 3, testTimeout: 150_000 });

const ACQUIRE = 'acquire pod/x --reason "odd outbound traffic"';
/** The scene's volatile stream is some 100 KB, its files.tar some 30 KB: long enough to be killed in. */
const VOLATILE_BYTES_PER_SECOND = 5_000;
const FILES_BYTES_PER_SECOND = 300;
/** A second capture that takes some seconds. */
const UNHURRIED_BYTES_PER_SECOND = 15_000;

const execs = (scenario: Scenario): number =>
  scenario.incident.cluster.requests.filter(({ resource }) => resource === 'pods/exec').length;

/** Lets the nth exec from the start be slow, and no other: a second capture is fast. */
const slowExec = (scenario: Scenario, nth: number, bytesPerSecond: number): void => {
  scenario.incident.cluster.faults.limitExecRate(
    bytesPerSecond,
    ({ resource }) => resource === 'pods/exec' && execs(scenario) === nth,
  );
};

const approved = async (scenario: Scenario): Promise<Card> => {
  const card = await scenario.ask(ACQUIRE);
  await scenario.press(card, 'Approve', SEED_PEOPLE.approver.id);
  return card;
};

/** Resolves when the worker has stored that it reads in this phase. */
const reading = (scenario: Scenario, run: string, phase: string, fence = 1): Promise<unknown> =>
  until(`${run} reads ${phase}`, async () => {
    const [row] = await scenario.query('select progress, fence from firebreak.runs where id = $1', [run]);
    return row?.['fence'] === fence && String(row['progress']).includes(`"phase":"${phase}","bytes":`)
      ? !String(row['progress']).includes('"bytes":0')
      : undefined;
  });

const takenOver = async (scenario: Scenario, run: string): Promise<Date> =>
  until(
    `${run} is taken over`,
    async () => {
      const [row] = await scenario.query(
        `select at from firebreak.audit_events where run_id = $1 and type = 'run.taken-over'`,
        [run],
      );
      return row?.['at'] instanceof Date ? row['at'] : undefined;
    },
    async () =>
      JSON.stringify([
        await scenario.query('select state, fence, progress from firebreak.runs where id = $1', [run]),
        await scenario.query(
          `select state, retry_count, heartbeat_on, started_on from pgboss.job where name = 'run'`,
        ),
      ]),
  );

const print = (what: string, from: Date, to: Date): void => {
  process.stdout.write(
    `${what}: taken over after ${((to.getTime() - from.getTime()) / 1_000).toFixed(1)} s\n`,
  );
};

const lostIt = (firebreak: FirebreakProcess): Promise<unknown> =>
  until('the slow worker stopped', () =>
    firebreak.log.some(({ msg }) => String(msg).startsWith('Another worker holds this run now')),
  );

/** A point in a run, reached before the worker is killed; resolves with what lets the next worker pass. */
type Point = (scenario: Scenario, card: Promise<Card>) => Promise<() => Promise<void> | void>;

const POINTS: readonly (readonly [string, 'kept' | 'nothing yet', Point])[] = [
  [
    'after it claimed the run',
    'nothing yet',
    async (scenario, asked) => {
      const { cluster } = scenario.incident;
      const card = await asked;
      const before = cluster.requests.length;
      const held = cluster.faults.hang(({ resource, verb }) => resource === 'pods' && verb === 'get');
      await scenario.press(card, 'Approve', SEED_PEOPLE.approver.id);
      await until('it asks for the pod', () => cluster.requests.length > before);
      return held.remove;
    },
  ],
  [
    'in the volatile state',
    'kept',
    async (scenario, asked) => {
      slowExec(scenario, 1, VOLATILE_BYTES_PER_SECOND);
      const card = await asked;
      await scenario.press(card, 'Approve', SEED_PEOPLE.approver.id);
      await reading(scenario, card.run, 'volatile');
      return () => undefined;
    },
  ],
  [
    'in the files',
    'kept',
    async (scenario, asked) => {
      slowExec(scenario, 2, FILES_BYTES_PER_SECOND);
      const card = await asked;
      await scenario.press(card, 'Approve', SEED_PEOPLE.approver.id);
      await reading(scenario, card.run, 'files');
      return () => undefined;
    },
  ],
  [
    'when the bundle is sealed, and the trail does not know',
    'kept',
    async (scenario, asked) => {
      const held = await holdBack(scenario.urls.ownerUrl, 'audit_events', "new.type = 'evidence.stored'");
      await scenario.press(await asked, 'Approve', SEED_PEOPLE.approver.id);
      await held.reached();
      return held.release;
    },
  ],
  [
    'before the end is written',
    'kept',
    async (scenario, asked) => {
      const held = await holdBack(scenario.urls.ownerUrl, 'runs', "new.state = 'succeeded'");
      await scenario.press(await asked, 'Approve', SEED_PEOPLE.approver.id);
      await held.reached();
      return held.release;
    },
  ],
];

/** What a run that was taken over once leaves behind. */
const expectSecondCapture = async (
  scenario: Scenario,
  run: string,
  first: 'kept' | 'nothing yet',
): Promise<void> => {
  await scenario.reached(run, 'succeeded', 'incomplete', 'failed');
  expect(await scenario.violations()).toEqual([]);
  expect(await scenario.state(run)).toBe('succeeded');
  const [row] = await scenario.query('select fence from firebreak.runs where id = $1', [run]);
  expect(row).toEqual({ fence: 2 });
  const files = await filesBelow(`${scenario.incident.evidence}/${run.replace(/-\d+$/, '')}/${run}`);
  expect(files).toEqual(
    expect.arrayContaining(['files.tar', 'volatile.jsonl', 'manifest.json', 'SHA256SUMS']),
  );
  const kept = files.filter((name) => name.startsWith('superseded-1/'));
  if (first === 'kept') {
    expect(kept.length).toBeGreaterThan(0);
    expect(files).toContain('INCOMPLETE');
  } else expect(kept).toEqual([]);
  const told = await scenario.shown(run, 'taken-over');
  expect(JSON.stringify(told.blocks)).toContain('second capture');
};

describe.concurrent('a worker that is killed', () => {
  const cases = POINTS.flatMap(([where, first, point]) =>
    (['a restart', 'a second replica'] as const).map((by) => ({ where, first, point, by })),
  );
  // Each point once, the middle of the files both ways.
  const chosen = cases.filter(
    ({ where, by }) => where === 'in the files' || (by === 'a restart') === (where.length % 2 === 0),
  );

  test.each(chosen)(
    '$where is taken over by $by, with a complete bundle and one card',
    async ({ where, first, point, by }) => {
      await using scenario = await startScenario();
      expect(scenario.incident.cluster.containersReason).toBe('');
      const firebreak = await scenario.start();
      const asked = scenario.ask(ACQUIRE);
      const release = await point(scenario, asked);
      const { run } = await asked;
      if (by === 'a second replica') await scenario.start();
      const killed = new Date();
      await firebreak.kill('SIGKILL');
      await release();
      if (by === 'a restart') await scenario.start();
      print(`killed ${where}, ${by}`, killed, await takenOver(scenario, run));
      await expectSecondCapture(scenario, run, first);
    },
  );

  test('between posting the card and recording it leaves one card', async () => {
    await using scenario = await startScenario({ cluster: { containers: 'no shell' } });
    const firebreak = await scenario.start();
    scenario.incident.slack.faults.postLostAnswer('chat.postMessage');
    const card = await scenario.ask(ACQUIRE);
    await firebreak.kill('SIGKILL');
    await scenario.start();
    await scenario.quiet(card.run);
    expect(scenario.messages(card.run, 'card')).toHaveLength(1);
    expect(await scenario.press(card, 'Deny', SEED_PEOPLE.approver.id)).toContain('You denied');
    expect(await scenario.violations()).toEqual([]);
  });
});

describe.concurrent('a worker that lives', () => {
  test('and is asked to stop hands the run over at once', async () => {
    await using scenario = await startScenario();
    slowExec(scenario, 2, FILES_BYTES_PER_SECOND);
    const firebreak = await scenario.start();
    const { run } = await approved(scenario);
    await reading(scenario, run, 'files');
    await scenario.start();
    const stopped = new Date();
    await firebreak.kill('SIGTERM');
    expect(await firebreak.exited).toBe(0);
    print('asked to stop', stopped, await takenOver(scenario, run));
    await expectSecondCapture(scenario, run, 'kept');
  });

  test('but slept while another took the run over loses it by its fencing number', async () => {
    await using scenario = await startScenario();
    slowExec(scenario, 2, FILES_BYTES_PER_SECOND);
    const slow = await scenario.start();
    const { run } = await approved(scenario);
    await reading(scenario, run, 'files');
    await scenario.start();
    const slept = new Date();
    await slow.kill('SIGSTOP');
    print('put to sleep', slept, await takenOver(scenario, run));
    await scenario.reached(run, 'succeeded', 'incomplete', 'failed');
    await slow.kill('SIGCONT');
    await lostIt(slow);
    await expectSecondCapture(scenario, run, 'kept');
  });

  test('but wakes while the second capture is under way spoils nothing of it', async () => {
    await using scenario = await startScenario();
    const { cluster } = scenario.incident;
    const logs = (): number => cluster.requests.filter(({ resource }) => resource === 'pods/log').length;
    // The first worker sleeps while its next object is on the way; the second one is slow before it comes to that object.
    cluster.faults.slow(3_000, ({ resource }) => resource === 'pods/log' && logs() === 1);
    slowExec(scenario, 2, UNHURRIED_BYTES_PER_SECOND);
    const slow = await scenario.start();
    const { run } = await approved(scenario);
    await until('the first worker asks for the log', () => logs() === 1);
    await slow.kill('SIGSTOP');
    await scenario.start();
    await takenOver(scenario, run);
    await reading(scenario, run, 'volatile', 2);
    await slow.kill('SIGCONT');
    await lostIt(slow);
    await expectSecondCapture(scenario, run, 'kept');
  });
});
