import { join } from 'node:path';
import { beforeEach, expect, test } from 'vitest';
import { textOf } from '../../sandbox/demo/read-message.ts';
import { lacks, startIsolationScenario } from './isolation-scene.ts';
import { NODES } from './node-execs.ts';
import { writeKubeconfigFor } from './write-kubeconfig.ts';

beforeEach(({ skip }) => {
  if (lacks !== '') skip(lacks);
});

test('what is done on nodes is done by the identity for nodes alone, after the approval', async () => {
  const identities = {
    read: { context: 'reader' },
    act: { context: 'responder' },
    node: { context: 'on-nodes' },
  };
  await using scenario = await startIsolationScenario({
    network: { enforcement: 'none', connections: 'kept' },
    config: { cluster: { identities } },
  });
  const { cluster } = scenario.incident;
  if (cluster.network === 'loopback only') throw new Error(cluster.networkReason);
  cluster.addUser('on-nodes', [
    { verbs: ['create', 'get', 'delete'], apiGroups: ['batch'], resources: ['jobs'] },
    { verbs: ['list'], apiGroups: [''], resources: ['pods'] },
    { verbs: ['get', 'create'], apiGroups: [''], resources: ['pods/exec'] },
  ]);
  const path = join(scenario.dataDir, 'sandbox', 'kubeconfig');
  writeKubeconfigFor(cluster, path, ['reader', 'responder', 'on-nodes']);
  await scenario.start();
  const usersOf = (from: number, where: 'on nodes' | 'elsewhere'): readonly string[] => [
    ...new Set(
      cluster.requests
        .slice(from)
        .filter(({ namespace }) => (namespace === NODES) === (where === 'on nodes'))
        .filter(({ resource }) => !resource.endsWith('reviews'))
        .map(({ user }) => user),
    ),
  ];
  const does = async (command: string): Promise<string> => {
    const start = cluster.requests.length;
    const card = await scenario.ask(command);
    // A pod that other pods reach is looked for in every namespace.
    expect(usersOf(start, 'on nodes'), command).not.toContain('on-nodes');
    const approved = cluster.requests.length;
    await scenario.approve(card);
    await scenario.reached(card.run, 'succeeded');
    expect(usersOf(approved, 'on nodes'), command).toEqual(['on-nodes']);
    expect(usersOf(approved, 'elsewhere'), command).not.toContain('on-nodes');
    return textOf(await scenario.shown(card.run, 'end'));
  };
  expect(await does('isolate pod/x --keep --from-node')).toContain('CONTAINED: pod/x in payments.');
  await does('release pod/x');
  expect(await scenario.violations()).toEqual([]);
}, 180_000);
