import { describe, expect, test, vi } from 'vitest';
import { textOf } from '../../sandbox/demo/read-message.ts';
import { grantHold } from './grant-hold.ts';
import { holdBack } from './hold-back.ts';
import { lacks, startIsolationScenario } from './isolation-scene.ts';
import type { Scenario } from './scenario.ts';

vi.setConfig({ maxConcurrency: 2, testTimeout: 300_000 });

const POD = { group: '', resource: 'pods', namespace: 'payments', name: 'x' } as const;
const POLICIES = { group: 'networking.k8s.io', resource: 'networkpolicies', namespace: 'payments' } as const;

const startedScenario = async (): Promise<Scenario> => {
  const scenario = await startIsolationScenario();
  const { cluster } = scenario.incident;
  grantHold(cluster);
  cluster.removeObject({ ...POLICIES, name: 'allow-web' });
  return scenario;
};

/** The changes of a containment with `--keep`, in the order of their numbers in the ledger. */
const CHANGES = [
  'PATCH pods',
  'POST poddisruptionbudgets',
  'POST validatingadmissionpolicies',
  'POST validatingadmissionpolicybindings',
  'PATCH nodes',
  'PATCH pods/ephemeralcontainers',
  'POST jobs',
  'POST networkpolicies',
  'PATCH pods',
  'PATCH pods',
  'PATCH nodes',
];
/** By what the call asks for: its number is another one where a conflict was met before. */
const intends = (...parts: readonly string[]): string =>
  [`new.type = 'change.intended'`, ...parts.map((part) => `new.body like '%${part}%'`)].join(' and ');

/** Where a worker is killed, by the event that it is about to write down. */
const POINTS = [
  ['between the hold and the cut', intends('"ephemeralContainers"'), 1],
  [
    'between the deny and the label that it selects',
    intends('"type":"merge"', '"firebreak.dev/isolated-by"'),
    1,
  ],
  ['between the label and the proof', `new.type = 'isolation.proved'`, 1],
  ['between the proof and what follows the cut', intends('"quarantine":"true"'), 2],
] as const;

describe.concurrent('a worker that is killed', () => {
  test.skipIf(lacks !== '').each(POINTS)(
    '%s of a containment leaves each step done once',
    async (_where, when, proofs) => {
      await using scenario = await startedScenario();
      const { cluster } = scenario.incident;
      const first = await scenario.start();
      const card = await scenario.ask('contain pod/x --keep --reason "it beacons"');
      const held = await holdBack(scenario.urls.ownerUrl, 'audit_events', when);
      await scenario.approve(card);
      await held.reached();
      await scenario.start();
      await first.kill('SIGKILL');
      await held.release();
      expect(await scenario.reached(card.run, 'succeeded', 'incomplete', 'failed')).toBe('succeeded');
      const done = cluster.requests.filter(
        ({ method, path, status = 500 }) =>
          method !== 'GET' && !path.includes('dryRun=All') && !path.includes('review') && status < 300,
      );
      expect(done.map(({ method, resource }) => `${method} ${resource}`)).toEqual(CHANGES);
      expect(cluster.object(POD)?.metadata.labels).toMatchObject({
        'firebreak.dev/held-by': card.run,
        'firebreak.dev/isolated-by': card.run,
        quarantine: 'true',
      });
      const kept = await scenario.query('select count(*)::int as n from firebreak.proofs where run_id = $1', [
        card.run,
      ]);
      expect(kept[0]?.['n']).toBe(proofs);
      // Who could reach the pod before it was cut off can't be seen any more once it is.
      const end = textOf(await scenario.shown(card.run, 'end'));
      expect(end).toMatch(/CONTAINED|PARTIAL/);
      expect(end).not.toContain('NOT DONE');
      expect(await scenario.violations()).toEqual([]);
    },
  );
});
