import { existsSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import type { RecordedRequest } from '../../sandbox/cluster/api/recorded-request.ts';
import { needProcesses, type Scene, startScene } from './cluster-scene.ts';
import { readBundle } from './read-bundle.ts';
import { scenePod } from './scene-pod.ts';

// Each of these ends at a deadline of its own; together they take as long as the longest.
vi.setConfig({ maxConcurrency: 8, testTimeout: 120_000 });

let scene: Scene;
beforeAll(async () => {
  scene = await startScene({
    prepare: async (cluster) => {
      for (const name of ['hangs-early', 'hangs-late', 'trickles']) await cluster.addPod(scenePod(name));
    },
  });
});
afterAll(() => scene?.[Symbol.asyncDispose]());

const about =
  (pod: string, resource?: string) =>
  (request: RecordedRequest): boolean =>
    request.name === pod && (resource === undefined || request.resource === resource);

describe.concurrent('a cluster that hangs', () => {
  test('at planning ends at the deadline of planning, and nothing was asked of anyone', async () => {
    scene.cluster.faults.hang(about('hangs-early'));
    const answer = await scene.ask('acquire pod/hangs-early');
    expect(answer.kind).toBe('told');
    expect(answer.words).toContain('prod-cluster');
    expect(answer.words).toContain('in time');
    expect(answer.words).toContain('Ask again');
  });

  test('at the run ends at the deadline of a request', async () => {
    const answer = await scene.ask('acquire pod/hangs-late');
    if (answer.kind !== 'card') throw new Error(answer.words);
    scene.cluster.faults.hang(about('hangs-late'));
    await scene.approve(answer);
    const ended = await scene.end(answer.run);
    expect(ended.state).toBe('failed');
    expect(ended.words).toContain('did not answer in time');
    expect(ended.words).toContain('Ask again');
    expect(existsSync(ended.folder)).toBe(false);
  });
});

describe.concurrent('a container that sends one byte a second', () => {
  test('is cut off at --deadline, and what arrived is INCOMPLETE', async ({ skip }) => {
    needProcesses(scene, skip);
    scene.cluster.faults.limitExecRate(1, about('trickles', 'pods/exec'));
    const ended = await scene.acquire('acquire pod/trickles --deadline 3s');
    expect(ended.state).toBe('incomplete');
    expect(ended.words).toContain('deadline');
    expect(ended.words).toContain('What arrived is kept');
    const bundle = readBundle(ended.folder);
    for (const name of ['volatile.jsonl', 'files.tar'])
      expect(bundle.artifact(name).completeness).toBe('INCOMPLETE');
    expect(bundle.artifact('files.tar').bytes).toBeLessThan(100);
    expect(bundle.read('logs/app.log')).toContain('proxy: ready');
  });
});
