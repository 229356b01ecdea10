import { existsSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { z } from 'zod';
import { callApi } from '../../sandbox/cluster/testing/call-api.ts';
import { needProcesses, type Scene, startScene } from './cluster-scene.ts';
import { readBundle } from './read-bundle.ts';
import { scenePod } from './scene-pod.ts';

vi.setConfig({ maxConcurrency: 8 });

let scene: Scene;
beforeAll(async () => {
  scene = await startScene({
    clusters: { 'prod-cluster': { namespaces: ['payments', 'staging'] } },
    prepare: async (cluster) => {
      for (const name of ['replaced', 'restarted', 'vanished', 'crashes'])
        await cluster.addPod(
          scenePod(name, { command: ['sh', '-c', `echo ${name} started; exec sleep 86400`] }),
        );
    },
  });
});
afterAll(() => scene?.[Symbol.asyncDispose]());

const execsOf = (pod: string) =>
  scene.cluster.requests.filter(({ resource, name }) => resource === 'pods/exec' && name === pod);

describe.concurrent('a target', () => {
  test('that does not exist is answered with the nearest name', async () => {
    const answer = await scene.ask('acquire pod/crashr -n payments');
    expect(answer.kind).toBe('told');
    expect(answer.words).toContain('There is no pod crashr in the namespace payments of prod-cluster.');
    expect(answer.words).toContain('Did you mean pod/crasher -n payments?');
    expect(answer.words).toMatch(/\(E-[0-9a-f]{8}\)/);
  });

  test('in a namespace that is not allowed is refused, and the allowed ones are named', async () => {
    const answer = await scene.ask('acquire pod/x -n kube-system');
    expect(answer.words).toContain('The namespace kube-system of prod-cluster may not be used.');
    expect(answer.words).toContain('Allowed are: payments, staging.');
  });

  test('that is pending gives its manifest and events, and the sentence says that nothing runs yet', async () => {
    const ended = await scene.acquire('acquire pod/pending');
    expect(ended.state).toBe('incomplete');
    expect(ended.words).toContain('INCOMPLETE');
    expect(ended.words).toContain('was not running');
    expect(ended.words).toContain('Ask again');
    const bundle = readBundle(ended.folder);
    expect(bundle.read('events.json')).toContain('FailedScheduling');
    expect(bundle.artifact('files.tar')).toMatchObject({ completeness: 'INCOMPLETE', bytes: 0 });
    expect(execsOf('pending')).toEqual([]);
  });

  test('in CrashLoopBackOff gives the log of its last run', async () => {
    const ended = await scene.acquire('acquire pod/crasher');
    expect(ended.state).toBe('incomplete');
    expect(ended.words).toContain('was not running');
    const bundle = readBundle(ended.folder);
    expect(bundle.read('logs/app.previous.log')).toContain('crasher: cannot open /data/ledger.db');
    expect(bundle.artifact('logs/app.previous.log').completeness).toBe('COUNTED');
    expect(bundle.artifact('volatile.jsonl')).toMatchObject({ completeness: 'INCOMPLETE', bytes: 0 });
    expect(execsOf('crasher')).toEqual([]);
  });

  test('that was replaced since is skipped and named, and nothing is executed in the new one', async () => {
    const answer = await scene.ask('acquire pod/replaced');
    if (answer.kind !== 'card') throw new Error(answer.words);
    const { metadata } = await scene.cluster.replacePod('payments', 'replaced');
    await scene.approve(answer);
    const ended = await scene.end(answer.run);
    expect(ended.state).toBe('failed');
    expect(ended.words).toContain('pod/replaced in payments was replaced by another pod of that name');
    expect(ended.words).toContain(metadata.uid);
    expect(ended.words).toContain('/k8s inspect');
    expect(execsOf('replaced')).toEqual([]);
    expect(existsSync(ended.folder)).toBe(false);
  });

  test('that is gone since is skipped and named', async () => {
    const answer = await scene.ask('acquire pod/vanished');
    if (answer.kind !== 'card') throw new Error(answer.words);
    await scene.cluster.deletePod('payments', 'vanished');
    await scene.approve(answer);
    const ended = await scene.end(answer.run);
    expect(ended.state).toBe('failed');
    expect(ended.words).toContain('pod/vanished in payments is gone since this was approved');
    expect(ended.words).toContain('ask again');
    expect(execsOf('vanished')).toEqual([]);
  });

  test('whose container was restarted since gives logs and objects with both ids, and nothing runs inside it', async ({
    skip,
  }) => {
    needProcesses(scene, skip);
    const answer = await scene.ask('acquire pod/restarted');
    if (answer.kind !== 'card') throw new Error(answer.words);
    const planned = await idOf('restarted');
    await scene.cluster.restartContainer('payments', 'restarted', 'app');
    const found = await idOf('restarted');
    expect(found).not.toBe(planned);
    await scene.approve(answer);
    const ended = await scene.end(answer.run);
    expect(ended.state).toBe('incomplete');
    expect(ended.words).toContain('was restarted or replaced since this was approved');
    expect(ended.words).toContain('Ask again');
    expect(execsOf('restarted')).toEqual([]);
    const bundle = readBundle(ended.folder);
    expect(bundle.manifest['drift']).toEqual([
      {
        container: 'app',
        planned: { id: planned, restartCount: 0 },
        found: { id: found, restartCount: 1 },
      },
    ]);
    expect(bundle.read('logs/app.log')).toContain('restarted started');
    // The log of the container that was approved is the previous one by now.
    expect(bundle.read('logs/app.previous.log')).toContain('restarted started');
    expect(bundle.artifact('volatile.jsonl')).toMatchObject({ completeness: 'INCOMPLETE', bytes: 0 });
  });

  test('that crashes since still gives the log of the container that was approved', async ({ skip }) => {
    needProcesses(scene, skip);
    const answer = await scene.ask('acquire pod/crashes');
    if (answer.kind !== 'card') throw new Error(answer.words);
    await scene.cluster.holdContainer('payments', 'crashes', 'app', {
      reason: 'CrashLoopBackOff',
      message: 'back-off 10s restarting failed container=app',
      exitCode: 1,
    });
    await scene.approve(answer);
    const ended = await scene.end(answer.run);
    expect(ended.state).toBe('incomplete');
    expect(execsOf('crashes')).toEqual([]);
    const bundle = readBundle(ended.folder);
    expect(
      bundle.manifest.artifacts
        .filter(({ name, bytes }) => name.startsWith('logs/') && bytes > 0)
        .map(({ name }) => bundle.read(name)),
    ).toContainEqual(expect.stringContaining('crashes started'));
  });

  test('without a shell gives logs and objects, and the sentence says what to take instead', async () => {
    const ended = await scene.acquire('acquire pod/noshell');
    expect(ended.state).toBe('incomplete');
    expect(ended.words).toContain('has no shell');
    expect(ended.words).toContain('from the node or a snapshot');
    const bundle = readBundle(ended.folder);
    expect(bundle.artifact('pod.json').completeness).toBe('COUNTED');
    expect(bundle.artifact('files.tar')).toMatchObject({ completeness: 'INCOMPLETE', bytes: 0 });
  });

  test('with several containers asks which one, and a pressed button is the whole command', async ({
    skip,
  }) => {
    needProcesses(scene, skip);
    const answer = await scene.ask('acquire pod/multi');
    expect(answer.kind).toBe('told');
    expect(answer.words).toContain('pod/multi has several containers. Which one?');
    await scene.choose('pod/multi has several containers', 'sidecar');
    const card = await scene.card('acquire pod/multi');
    await scene.approve(card);
    const ended = await scene.end(card.run);
    expect(ended.state).toBe('succeeded');
    expect(readBundle(ended.folder).artifact('files.tar')).toMatchObject({
      completeness: 'VERIFIED',
      container: 'sidecar',
    });
    expect(execsOf('multi').every(({ path }) => path.includes('container=sidecar'))).toBe(true);
  });

  test('with a container that is not there is answered with those that are', async () => {
    const answer = await scene.ask('acquire pod/multi -c sidecart');
    expect(answer.words).toContain('pod/multi has no container sidecart.');
    expect(answer.words).toContain('It has: app, sidecar.');
  });

  test('whose name is in several namespaces is offered in each, and a pressed button is the whole command', async () => {
    const answer = await scene.ask('inspect pod/x');
    expect(answer.kind).toBe('told');
    expect(answer.words).toContain('in several namespaces of prod-cluster');
    await scene.choose('in several namespaces', 'staging');
    const card = await scene.card('pod/x in staging');
    const ended = await scene.end(card.run);
    expect(ended.state).toBe('succeeded');
    expect(ended.words).toContain('pod/x in staging is Running');
  });
});

const statusSchema = z.looseObject({
  status: z.looseObject({ containerStatuses: z.tuple([z.looseObject({ containerID: z.string() })]) }),
});

const idOf = async (pod: string): Promise<string> => {
  const { json } = await callApi(scene.cluster, { path: `/api/v1/namespaces/payments/pods/${pod}` });
  return statusSchema.parse(json).status.containerStatuses[0].containerID;
};
