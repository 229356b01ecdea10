import { renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import type { RecordedRequest } from '../../sandbox/cluster/api/recorded-request.ts';
import { needProcesses, type Scene, startScene } from './cluster-scene.ts';
import { readBundle } from './read-bundle.ts';
import { scenePod } from './scene-pod.ts';

vi.setConfig({ maxConcurrency: 8 });

const PODS = ['whole', 'two-identities', 'refused', 'late-401', 'late-403', 'no-logs', 'expires'];

let scene: Scene;
let tokenFile: string;
beforeAll(async () => {
  const cluster = { namespaces: ['payments'] };
  const as = (context: string) => ({ context });
  scene = await startScene({
    users: ['responder', 'reader', 'exec-get-only', 'nobody', 'stranger', 'rotating'],
    credentials: (dataDir) => ({ rotating: { tokenFile: join(dataDir, 'token') } }),
    clusters: {
      one: { ...cluster },
      two: { ...cluster, identities: { read: as('reader'), act: as('responder') } },
      swapped: { ...cluster, identities: { read: as('responder'), act: as('reader') } },
      'get-only': { ...cluster, ...as('exec-get-only') },
      nobody: { ...cluster, ...as('nobody') },
      stranger: { ...cluster, ...as('stranger') },
      rotating: { ...cluster, ...as('rotating') },
    },
    prepare: async (stand, dataDir) => {
      const { rules } = stand.users.find(({ name }) => name === 'responder') ?? { rules: [] };
      for (const name of ['stranger', 'rotating', 'rotated']) stand.addUser(name, rules);
      stand.faults.denyToken(stand.token('stranger'));
      tokenFile = join(dataDir, 'token');
      writeFileSync(tokenFile, stand.token('rotating'));
      for (const name of PODS) await stand.addPod(scenePod(name));
    },
  });
});
afterAll(() => scene?.[Symbol.asyncDispose]());

const about =
  (pod: string, resource: string) =>
  (request: RecordedRequest): boolean =>
    request.name === pod && request.resource === resource;

describe.concurrent('a cluster with two identities', () => {
  test('is only read, and by the reading one, until the approval is recorded; exec is done by the acting one', async ({
    skip,
  }) => {
    needProcesses(scene, skip);
    const { requests } = scene.cluster;
    const answer = await scene.ask('acquire two pod/two-identities');
    if (answer.kind !== 'card') throw new Error(answer.words);
    const before = requests.filter(({ path }) => path.includes('/pods/two-identities'));
    expect(new Set(before.map(({ user }) => user))).toEqual(new Set(['reader']));
    expect(new Set(before.map(({ verb }) => verb))).toEqual(new Set(['get']));
    await scene.approve(answer);
    const ended = await scene.end(answer.run);
    expect(ended.state).toBe('succeeded');
    readBundle(ended.folder);
    const execs = requests.filter(about('two-identities', 'pods/exec'));
    expect(execs.map(({ user }) => user)).toEqual(['responder', 'responder']);
  });

  test('says on the card that what the acting one may do is only known when it runs', async () => {
    const answer = await scene.ask('acquire two pod/whole');
    expect(answer.kind).toBe('card');
    expect(answer.words).toContain('another identity');
  });

  test('whose acting one may not exec gives the API objects and names the permissions that are missing', async () => {
    const answer = await scene.ask('acquire swapped pod/refused');
    if (answer.kind !== 'card') throw new Error(answer.words);
    await scene.approve(answer);
    const ended = await scene.end(answer.run);
    expect(ended.state).toBe('incomplete');
    expect(ended.words).toContain(
      'Firebreak may not get pods/exec and create pods/exec in namespace payments',
    );
    expect(ended.words).toContain('Grant get pods/exec and create pods/exec');
    const bundle = readBundle(ended.folder);
    expect(bundle.artifact('pod.json').completeness).toBe('COUNTED');
    expect(bundle.artifact('files.tar').notes[0]).toContain('create pods/exec');
    expect(bundle.artifact('logs/app.log').notes[0]).toContain('get pods/log');
    const execs = scene.cluster.requests.filter(about('refused', 'pods/exec'));
    expect(new Set(execs.map(({ user }) => user))).toEqual(new Set(['reader']));
  });
});

describe.concurrent('a refusal', () => {
  test('by 401 at planning names the credentials', async () => {
    const answer = await scene.ask('acquire stranger pod/whole');
    expect(answer.kind).toBe('told');
    expect(answer.words).toContain("Cluster stranger did not accept Firebreak's credentials.");
    expect(answer.words).toContain('Check the credentials of this cluster in the configuration');
  });

  test('by 403 at planning names the permission', async () => {
    const answer = await scene.ask('acquire nobody pod/whole');
    expect(answer.kind).toBe('told');
    expect(answer.words).toContain('Firebreak may not get pods in namespace payments of cluster nobody');
    expect(answer.words).toContain('firebreak permissions');
  });

  test('is foreseen at planning where exec has get and lacks create', async () => {
    const answer = await scene.ask('acquire get-only pod/whole');
    expect(answer.kind).toBe('told');
    expect(answer.words).toContain(
      'Firebreak may not do this in payments on get-only: it lacks create pods/exec.',
    );
    expect(answer.words).toContain('firebreak permissions get-only prints it');
    expect(
      scene.cluster.requests.filter(
        ({ user, resource }) => user === 'exec-get-only' && resource === 'pods/exec',
      ),
    ).toEqual([]);
  });

  test('by 403 at the run leaves what the API gives, and names get and create', async () => {
    const { faults } = scene.cluster;
    const answer = await scene.ask('acquire one pod/late-403');
    if (answer.kind !== 'card') throw new Error(answer.words);
    faults.status(403, about('late-403', 'pods/exec'));
    await scene.approve(answer);
    const ended = await scene.end(answer.run);
    expect(ended.state).toBe('incomplete');
    expect(ended.words).toContain('Firebreak may not get pods/exec and create pods/exec');
    expect(ended.words).toContain('Grant');
    const bundle = readBundle(ended.folder);
    expect(bundle.read('logs/app.log')).toContain('proxy: ready');
    expect(bundle.artifact('volatile.jsonl')).toMatchObject({ completeness: 'INCOMPLETE', bytes: 0 });
  });

  test('by 401 at the run leaves no half bundle behind, and the sentence names the credentials', async () => {
    const { faults } = scene.cluster;
    const answer = await scene.ask('acquire one pod/late-401');
    if (answer.kind !== 'card') throw new Error(answer.words);
    faults.status(401, ({ path }) => path.includes('/pods/late-401'));
    await scene.approve(answer);
    const ended = await scene.end(answer.run);
    expect(ended.state).toBe('failed');
    expect(ended.words).toContain("Cluster one did not accept Firebreak's credentials.");
    expect(ended.words).toContain('Check the credentials');
    expect(scene.cluster.requests.filter(about('late-401', 'pods/exec'))).toEqual([]);
  });

  test('of a log alone is named, and the rest is whole', async ({ skip }) => {
    needProcesses(scene, skip);
    scene.cluster.faults.status(403, about('no-logs', 'pods/log'));
    const ended = await scene.acquire('acquire one pod/no-logs');
    expect(ended.state).toBe('incomplete');
    expect(ended.words).toContain('INCOMPLETE: logs/app.log.');
    expect(ended.words).toContain('Firebreak may not get pods/log');
    expect(readBundle(ended.folder).artifact('files.tar').completeness).toBe('VERIFIED');
  });
});

describe('a token that expires in the middle of a run', () => {
  test('cuts no established stream, and the renewed file is read for what comes after', async ({ skip }) => {
    needProcesses(scene, skip);
    const { cluster } = scene;
    // The process list takes some seconds at this rate.
    const slow = cluster.faults.limitExecRate(20_000, about('expires', 'pods/exec'));
    const answer = await scene.ask('acquire rotating pod/expires');
    if (answer.kind !== 'card') throw new Error(answer.words);
    await scene.approve(answer);
    const execs = () => cluster.requests.filter(about('expires', 'pods/exec'));
    await vi.waitUntil(() => execs().length > 0, { timeout: 20_000, interval: 20 });
    cluster.faults.denyToken(cluster.token('rotating'));
    // Replaced whole, as the kubelet does it.
    writeFileSync(`${tokenFile}.new`, cluster.token('rotated'));
    renameSync(`${tokenFile}.new`, tokenFile);
    slow.remove();
    const ended = await scene.end(answer.run);
    expect(ended.words).toContain('was collected');
    expect(ended.state).toBe('succeeded');
    expect(readBundle(ended.folder).artifact('volatile.jsonl').completeness).toBe('COUNTED');
    expect(execs().map(({ user }) => user)).toEqual(['rotating', 'rotated']);
  });
});
