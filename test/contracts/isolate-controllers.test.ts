import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { KubeObject } from '../../sandbox/cluster/api/kube-object.ts';
import { textOf } from '../../sandbox/demo/read-message.ts';
import { lacks, startIsolationScenario } from '../scenarios/isolation-scene.ts';
import type { Card, Scenario } from '../scenarios/scenario.ts';
import { addWorkloads, identity, podsOf, WORKLOADS, type Workload } from './isolate-workloads.ts';

const SETUP_MS = 180_000;
const KEPT = WORKLOADS.filter((workload) => workload !== 'ReplicaSet');

interface Played {
  readonly name: string;
  readonly run: string;
  readonly before: KubeObject;
}

let scenario: Scenario;
const cluster = () => scenario.incident.cluster;
const podNamed = (name: string) =>
  cluster().object({ group: '', resource: 'pods', namespace: 'payments', name });
const endOf = async (run: string): Promise<string> => textOf(await scenario.shown(run, 'end'));
/** What the card of a run said before it was decided. */
const asked = new Map<string, string>();

/** Asks for each, approves all, and waits for all. */
const together = async (commands: readonly string[]): Promise<readonly string[]> => {
  const cards: Card[] = [];
  for (const command of commands) {
    const card = await scenario.ask(command);
    asked.set(card.run, textOf(await scenario.shown(card.run, 'card')));
    cards.push(card);
  }
  for (const card of cards) await scenario.approve(card);
  await Promise.all(
    cards.map(async ({ run }) => {
      const end = await scenario.reached(run, 'succeeded', 'failed', 'incomplete');
      if (end !== 'succeeded') throw new Error(`${run} is ${end}: ${await endOf(run)}`);
    }),
  );
  await cluster().settled();
  return cards.map(({ run }) => run);
};

/** The requests that changed pods of the namespace, by whoever: an isolation must not delete any. */
const deletions = (): readonly string[] =>
  cluster().requests.flatMap(({ method, resource, path }) =>
    method === 'DELETE' && resource === 'pods' ? [path] : [],
  );

describe.skipIf(lacks !== '')('isolate and release, by what controls the pod', () => {
  const played = new Map<Workload, Played>();
  const of = (workload: Workload): Played => {
    const one = played.get(workload);
    if (one === undefined) throw new Error(`${workload} was not played`);
    return one;
  };
  let siblings: readonly KubeObject[] = [];

  beforeAll(async () => {
    scenario = await startIsolationScenario();
    const names = await addWorkloads(cluster());
    cluster().removeObject({
      ...{ group: 'networking.k8s.io', resource: 'networkpolicies', namespace: 'payments' },
      name: 'allow-web',
    });
    await scenario.start();
    const pods = WORKLOADS.map((workload) => podNamed(names[workload]));
    siblings = podsOf(cluster()).filter(({ metadata }) => !Object.values(names).includes(metadata.name));
    const runs = await together(
      WORKLOADS.map(
        (workload) =>
          `isolate pod/${names[workload]}${workload === 'kubelet' ? ' --probe-with-target' : ''} --reason "beacons"`,
      ),
    );
    for (const [index, workload] of WORKLOADS.entries()) {
      const before = pods[index];
      if (before === undefined) throw new Error(`there is no pod of ${workload}`);
      played.set(workload, { name: names[workload], run: runs[index] ?? '', before });
    }
  }, SETUP_MS);
  afterAll(async () => {
    if (lacks === '') await scenario[Symbol.asyncDispose]();
  });

  test.each(WORKLOADS)('the pod of %s is there as the same pod afterwards, and cut off', async (workload) => {
    const { name, run, before } = of(workload);
    expect(podNamed(name)?.metadata.uid).toBe(before.metadata.uid);
    expect(podNamed(name)?.metadata.labels?.['firebreak.dev/isolated-by']).toBe(run);
    expect(await endOf(run)).toMatch(workload === 'kubelet' ? /PARTIAL/ : /CONTAINED/);
  });

  test('its siblings are the pods that they were, with the labels that they had', () => {
    expect(siblings).not.toEqual([]);
    for (const sibling of siblings) {
      const now = podNamed(sibling.metadata.name);
      expect(now).toBeDefined();
      if (now !== undefined) expect(identity(now)).toEqual(identity(sibling));
      expect(now?.metadata.labels).not.toHaveProperty('firebreak.dev/isolated-by');
    }
    expect(deletions()).toEqual([]);
  });

  test.each(KEPT)(
    'of %s no label goes that anything selects, and no other pod is started',
    async (workload) => {
      const { name, run, before } = of(workload);
      const now = podNamed(name);
      if (now === undefined) throw new Error('it is gone');
      expect(identity(now)).toEqual(identity(before));
      expect(podsOf(cluster(), before.metadata.labels?.['app'])).toHaveLength(1);
      expect(asked.get(run)).toContain('It keeps its labels');
    },
  );

  test('of a ReplicaSet it leaves the controller, which starts another in its place', async () => {
    const { name, run } = of('ReplicaSet');
    const pod = podNamed(name);
    expect(pod?.metadata.labels).not.toHaveProperty('app');
    expect(pod?.metadata.ownerReferences ?? []).toEqual([]);
    expect(podsOf(cluster(), 'checkout')).toHaveLength(3);
    expect(await endOf(run)).toContain('It left its controller and its Services');
  });

  describe('given back', () => {
    const RETURNED = ['ReplicaSet', 'StatefulSet', 'DaemonSet', 'Job'] as const;
    /** A Job heeds no deletion cost, and deletes what became Ready last: this time the returned pod itself. */
    const GOES = {
      ReplicaSet: (gone: string) => `then has one pod too many, and deletes pod/${gone} as things stand now.`,
      StatefulSet: () => 'StatefulSet/sessions adopts it again, and deletes no pod.',
      DaemonSet: (gone: string) => `then has one pod too many, and deletes pod/${gone} as things stand now.`,
      Job: (gone: string, own: string) =>
        `then has one pod too many, and deletes ${gone === own ? 'THIS ONE, ' : ''}pod/${gone} as things stand now.`,
    } as const;
    const ask = (workload: Workload): string =>
      `release pod/${of(workload).name} --return --reason "false alarm"`;
    const readiness = (is: 'ready' | 'not ready'): void => {
      for (const workload of RETURNED) cluster().setReadiness('payments', of(workload).name, is);
    };

    beforeAll(async () => {
      // What keeps its labels is given another isolation, which takes it out of its controller.
      const detached = RETURNED.filter((workload) => workload !== 'ReplicaSet');
      await together(detached.map((workload) => `release pod/${of(workload).name} --reason "again"`));
      const runs = await together(
        detached.map((workload) => `isolate pod/${of(workload).name} --detach --reason "beacons"`),
      );
      for (const [index, workload] of detached.entries())
        played.set(workload, { ...of(workload), run: runs[index] ?? '' });
    }, SETUP_MS);

    test('a StatefulSet can start no pod of its name meanwhile, the others start one', () => {
      expect(podsOf(cluster(), 'sessions')).toEqual([]);
      expect(podsOf(cluster(), 'log-shipper')).toHaveLength(1);
      expect(podsOf(cluster(), 'reconcile')).toHaveLength(1);
    });

    test(
      'its network is opened although its readiness has failed, and it is the pod that it was',
      async () => {
        readiness('not ready');
        await together(RETURNED.map((workload) => `release pod/${of(workload).name} --reason "false alarm"`));
        for (const workload of RETURNED) {
          const now = podNamed(of(workload).name);
          expect(now?.metadata.uid).toBe(of(workload).before.metadata.uid);
          expect(now?.metadata.labels).not.toHaveProperty('firebreak.dev/isolated-by');
          expect(now?.metadata.labels).not.toHaveProperty('app');
          expect(now?.metadata.ownerReferences ?? []).toEqual([]);
        }
      },
      SETUP_MS,
    );

    test('it is not returned while it is not Ready, nor without complete evidence', async () => {
      for (const workload of RETURNED) expect(await scenario.told(ask(workload))).toContain('is not Ready');
      readiness('ready');
      for (const workload of RETURNED)
        expect(await scenario.told(ask(workload))).toContain('no complete evidence');
    });

    test(
      'the pod that its controller then deletes is the one that the card named',
      async () => {
        await together(RETURNED.map((workload) => `acquire pod/${of(workload).name} --path /etc/hostname`));
        const there = new Set(podsOf(cluster()).map(({ metadata }) => metadata.name));
        for (const workload of RETURNED) {
          const [run = ''] = await together([ask(workload)]);
          const { name, before } = of(workload);
          const gone = [...there].filter((one) => podNamed(one) === undefined);
          for (const one of gone) there.delete(one);
          expect(asked.get(run)).toContain(GOES[workload](gone.join(), name));
          if (workload === 'Job') continue;
          const now = podNamed(name);
          if (now === undefined) throw new Error(`${name} is gone`);
          expect(identity(now)).toEqual(identity(before));
          expect(now.metadata.annotations?.['controller.kubernetes.io/pod-deletion-cost']).toBe('2147483647');
        }
        expect(deletions()).toEqual([]);
      },
      SETUP_MS,
    );
  });

  test('whoever looks from outside finds nothing wrong', async () => {
    expect(await scenario.violations()).toEqual([]);
  });
});
