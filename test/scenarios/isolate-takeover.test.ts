import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { textOf } from '../../sandbox/demo/read-message.ts';
import type { FirebreakProcess } from '../../sandbox/incident/firebreak-process.ts';
import { holdBack } from './hold-back.ts';
import {
  addPods,
  deletes,
  patches,
  podIn,
  posts,
  type Tried,
  triesOf,
  type WriteOf,
} from './isolate-takeover-scene.ts';
import { FOOTHOLDS, lacks, startIsolationScenario } from './isolation-scene.ts';
import type { Card, Scenario } from './scenario.ts';
import { until } from './until.ts';

const ROUND_MS = 150_000;

type Point = 'holdBefore' | 'holdAnswer';
/** What the ledger says of the tries of a write whose worker was killed there. */
const STATES: Readonly<Record<Point, readonly string[]>> = {
  holdBefore: ['not applied', 'applied'],
  holdAnswer: ['applied'],
};

interface Killed extends Omit<Tried, 'card'> {
  readonly point: Point;
}

const beside = patches('ephemeralContainers', 'pods/ephemeralcontainers');
const look = { step: 'look' } as const;
const made = { made: 'yes' } as const;
const onPod = { made: 'no' } as const;
const isLabelled = (pod: string): boolean =>
  podIn(cluster(), pod)?.metadata.labels?.['firebreak.dev/isolated-by'] !== undefined;
const label = patches('isolated-by', 'pods', (pod) => !isLabelled(pod));
const detach = patches('"team":null', 'pods', isLabelled);

/** As many at once as a replica works on. */
const ISOLATIONS: readonly Killed[] = [
  { pod: 'beside-before', write: beside, ...look, ...onPod, point: 'holdBefore' },
  { pod: 'beside-answer', write: beside, ...look, ...onPod, point: 'holdAnswer' },
  { pod: 'job-answer', write: posts('jobs'), ...look, ...made, point: 'holdAnswer' },
  { pod: 'deny-before', write: posts('networkpolicies'), step: 'deny', ...made, point: 'holdBefore' },
  { pod: 'deny-answer', write: posts('networkpolicies'), step: 'deny', ...made, point: 'holdAnswer' },
  { pod: 'label-before', write: label, step: 'label', ...onPod, point: 'holdBefore' },
  { pod: 'label-answer', write: label, step: 'label', ...onPod, point: 'holdAnswer' },
  { pod: 'detach-answer', write: detach, step: 'detach', ...onPod, point: 'holdAnswer' },
];

/** Points in the database: what is about to be committed when the worker is killed. */
const COMMITS = [
  ['before-intent', `new.type = 'change.intended' and new.body like '%networkpolicies%'`],
  ['before-outcome', `new.type = 'change.settled'`],
  ['after-proof', `new.type = 'run.succeeded'`],
] as const;

let scenario: Scenario;
let running: FirebreakProcess;
const cluster = () => scenario.incident.cluster;
const isolations = new Map<string, Card>();
const isolationOf = (pod: string): Card => {
  const card = isolations.get(pod);
  if (card === undefined) throw new Error(`${pod} was not isolated`);
  return card;
};
const nameOf = ({ run }: Card): string => `firebreak-${run.toLowerCase()}`;
const policyOf = (card: Card) =>
  cluster().object({
    ...{ group: 'networking.k8s.io', resource: 'networkpolicies', namespace: 'payments' },
    name: nameOf(card),
  });

/** Another replica takes over while the one that worked is killed. */
const killWorker = async (): Promise<void> => {
  const worker = running;
  running = await scenario.start();
  await worker.kill('SIGKILL');
};

/** Asks for every run, has each held at its point, and kills the one process that works on all of them. */
const killedTogether = async (
  all: readonly Killed[],
  command: (pod: string) => string,
): Promise<ReadonlyMap<Killed, Card>> => {
  const cards = new Map<Killed, Card>();
  for (const one of all) cards.set(one, await scenario.ask(command(one.pod)));
  const held = [...cards].map(([{ point, write, pod }, card]) => ({
    pod,
    fault: cluster().faults[point](write(card, pod)),
  }));
  const waiting = new Set(held.map(({ pod }) => pod));
  for (const { pod, fault } of held) void fault.reached.then(() => waiting.delete(pod));
  for (const card of cards.values()) await scenario.approve(card);
  await until(
    'every run waits at its point',
    () => waiting.size === 0,
    () => [...waiting].join(', '),
  );
  await killWorker();
  for (const { fault } of held) fault.release('forget');
  await Promise.all(
    [...cards.values()].map(async ({ run }) => {
      expect([run, await scenario.reached(run, 'succeeded', 'failed', 'incomplete')]).toEqual([
        run,
        'succeeded',
      ]);
    }),
  );
  await cluster().settled();
  return cards;
};

/** One policy about one pod, one label, one container and one Job, whatever was tried how often. */
const expectIsolatedOnce = async (pod: string, card: Card): Promise<void> => {
  expect(policyOf(card)?.['spec']).toMatchObject({
    podSelector: { matchLabels: { 'firebreak.dev/isolated-by': card.run } },
    policyTypes: ['Ingress', 'Egress'],
  });
  const object = podIn(cluster(), pod);
  expect(object?.metadata.labels).toMatchObject({ 'firebreak.dev/isolated-by': card.run });
  expect(object?.['spec']).toMatchObject({ ephemeralContainers: [{ name: nameOf(card) }] });
  const job = { group: 'batch', resource: 'jobs', namespace: FOOTHOLDS, name: `${nameOf(card)}-probe` };
  expect(cluster().object(job)).toBeDefined();
  const end = textOf(await scenario.shown(card.run, 'end'));
  expect(end).toMatch(/CONTAINED|PARTIAL/);
  expect(scenario.messages(card.run, 'card')).toHaveLength(1);
};

describe.skipIf(lacks !== '')('a worker that is killed while it isolates or releases', () => {
  beforeAll(async () => {
    scenario = await startIsolationScenario();
    await addPods(cluster(), [...ISOLATIONS.map(({ pod }) => pod), ...COMMITS.map(([pod]) => pod)]);
    running = await scenario.start();
  }, ROUND_MS);
  afterAll(async () => {
    if (lacks === '') await scenario[Symbol.asyncDispose]();
  });

  test(
    'before a call or before its answer leaves each thing of an isolation made once',
    async () => {
      const cards = await killedTogether(
        ISOLATIONS,
        (pod) => `isolate pod/${pod}${pod.startsWith('detach') ? ' --detach' : ''} --reason "it beacons"`,
      );
      for (const [killed, card] of cards) {
        isolations.set(killed.pod, card);
        const tries = await triesOf(scenario, { ...killed, card });
        expect([killed.pod, tries]).toEqual([killed.pod, { carriedOut: 1, states: STATES[killed.point] }]);
        await expectIsolatedOnce(killed.pod, card);
      }
    },
    ROUND_MS,
  );

  test.each(COMMITS)(
    '%s leaves an isolation that is made once and proven',
    async (pod, when) => {
      const card = await scenario.ask(`isolate pod/${pod} --reason "it beacons"`);
      isolations.set(pod, card);
      await using held = await holdBack(
        scenario.urls.ownerUrl,
        'audit_events',
        `new.run_id = '${card.run}' and ${when}`,
      );
      await scenario.approve(card);
      await held.reached();
      await killWorker();
      await held.release();
      expect(await scenario.reached(card.run, 'succeeded', 'failed', 'incomplete')).toBe('succeeded');
      await expectIsolatedOnce(pod, card);
      await scenario.query('drop trigger a_test_hold_back on firebreak.audit_events');
      await scenario.query('drop function firebreak.test_hold_back()');
    },
    ROUND_MS,
  );

  test(
    'leaves nothing of a release undone, and nothing done twice',
    async () => {
      const policy = deletes('networkpolicies', '', isolationOf);
      const job = deletes('jobs', '-probe', isolationOf);
      const open = { step: 'open' } as const;
      const unlabel: WriteOf = patches('"firebreak.dev/isolated-by":null');
      const cards = await killedTogether(
        [
          { pod: 'beside-before', write: policy, ...open, ...made, point: 'holdBefore' },
          { pod: 'beside-answer', write: policy, ...open, ...made, point: 'holdAnswer' },
          { pod: 'job-answer', write: job, ...open, ...made, point: 'holdBefore' },
          { pod: 'deny-before', write: job, ...open, ...made, point: 'holdAnswer' },
          { pod: 'label-before', write: unlabel, ...open, ...onPod, point: 'holdBefore' },
          { pod: 'label-answer', write: unlabel, ...open, ...onPod, point: 'holdAnswer' },
        ],
        (pod) => `release pod/${pod} --reason "false alarm"`,
      );
      for (const [killed, card] of cards) {
        const { carriedOut, states } = await triesOf(scenario, { ...killed, card });
        expect([killed.pod, carriedOut]).toEqual([killed.pod, 1]);
        expect(states.filter((state) => state === 'not applied')).toHaveLength(
          killed.point === 'holdBefore' ? 1 : 0,
        );
        expect(policyOf(isolationOf(killed.pod))).toBeUndefined();
        expect(podIn(cluster(), killed.pod)?.metadata.labels).not.toHaveProperty('firebreak.dev/isolated-by');
      }
    },
    ROUND_MS,
  );

  test(
    'and whoever looks from outside finds nothing wrong',
    async () => {
      expect(await scenario.violations()).toEqual([]);
    },
    ROUND_MS,
  );
});
