import { afterAll, beforeAll, expect, test } from 'vitest';
import { SEED_PEOPLE } from '../../sandbox/slack/workspace-seed.ts';
import { type Scene, startScene } from './cluster-scene.ts';

let scene: Scene;
beforeAll(async () => {
  const cluster = { namespaces: ['payments'] };
  scene = await startScene({
    users: ['responder', 'reader', 'exec-get-only', 'stranger'],
    clusters: {
      prod: { ...cluster, identities: { read: { context: 'reader' } } },
      lab: { ...cluster, context: 'exec-get-only' },
      away: { ...cluster, context: 'stranger' },
    },
    prepare: async (stand) => {
      stand.addUser('stranger', []);
      stand.faults.denyToken(stand.token('stranger'));
    },
    cluster: { containers: 'no shell' },
  });
});
afterAll(() => scene?.[Symbol.asyncDispose]());

test('a check of one cluster is told to the asker alone, by names and verdicts', async () => {
  const told = await scene.told('check prod');
  expect(told).toContain('Nothing that was looked at would fail. 1 thing was not looked at.');
  expect(told).toContain('prod (kubeconfig), identity read');
  expect(told).toContain('server version: v1.36.2');
  expect(told).toContain('inspect, acquire');
  expect(told).not.toContain('lab (kubeconfig)');
  const { calls } = scene.incident.slack;
  expect(calls.filter(({ method }) => method === 'chat.postMessage')).toEqual([]);
});

test('the identity of runs is not assumed for it: nobody has approved anything', async () => {
  const before = scene.cluster.requests.length;
  const told = await scene.told('check prod');
  expect(told).toMatch(
    /prod \(kubeconfig\), identity act\s*not checked · permissions: firebreak check on the/,
  );
  const users = scene.cluster.requests.slice(before).map(({ user }) => user);
  expect(new Set(users)).toEqual(new Set(['reader']));
});

test('no address, no path and no account leaves the process', async () => {
  const told = await scene.told('check');
  expect(told).toContain('lab (kubeconfig)');
  for (const hidden of [new URL(scene.cluster.url).host, scene.dataDir, scene.incident.evidence])
    expect(told).not.toContain(hidden);
});

test('what would fail stands first, with the permission that is missing', async () => {
  const told = await scene.told('check lab');
  expect(told).toContain('1 thing needs somebody.');
  expect(told).toMatch(/lab \(kubeconfig\)\s*FAILED · acquire: lacks create pods\/exec in payments/);
});

test('a cluster that refuses the credentials is a row among the others', async () => {
  const told = await scene.told('check');
  expect(told).toMatch(/away \(kubeconfig\)\s*FAILED · identity there/);
  expect(told).toContain('identities: one for all');
});

test('a cluster that the channel does not have is answered with the nearest', async () => {
  const told = await scene.told('check prd');
  expect(told).toContain('There is no cluster prd in this channel. Did you mean prod?');
  expect(told).toContain('/k8s check prod');
});

test('who may not use Firebreak is told nothing of its clusters', async () => {
  const { slack } = scene.incident;
  const { guest } = SEED_PEOPLE;
  const result = await slack.command({
    user: guest.id,
    channel: slack.channels.incident.id,
    text: 'check prod',
  });
  const [message] = await result.responses(1, { timeoutMs: 30_000 });
  expect(JSON.stringify(message)).toContain('Guests of this workspace');
  expect(JSON.stringify(message)).not.toContain('v1.36');
});

test('a check changes nothing in any cluster', () => {
  const writes = scene.cluster.requests.filter(
    ({ method, resource, upgrade }) =>
      upgrade || (method !== 'GET' && !/^selfsubject(?:access|rules)?reviews$/u.test(resource)),
  );
  expect(writes).toEqual([]);
});
