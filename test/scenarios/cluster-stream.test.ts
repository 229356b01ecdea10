import { randomInt } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import type { RecordedRequest } from '../../sandbox/cluster/api/recorded-request.ts';
import { needProcesses, type Scene, startScene } from './cluster-scene.ts';
import { readBundle } from './read-bundle.ts';
import { scenePod } from './scene-pod.ts';

vi.setConfig({ maxConcurrency: 8 });

const FILE_BYTES = 512 * 1024;
/** A seed is the byte after which the stream breaks. Set it to play one again. */
const SEEDS = (process.env['CUT_AFTER'] ?? '')
  .split(',')
  .filter((seed) => seed !== '')
  .map(Number);
const cuts = SEEDS.length > 0 ? SEEDS : [0, 1, ...Array.from({ length: 4 }, () => randomInt(2, FILE_BYTES))];

let scene: Scene;
beforeAll(async () => {
  scene = await startScene({
    prepare: async (cluster) => {
      cluster.addImage('registry.example/big:1', {
        userland: 'host',
        entrypoint: ['/bin/sh', '-c', 'echo ready; exec sleep 86400'],
        files: { '/data/big': { content: Buffer.alloc(FILE_BYTES, 'abc') } },
      });
      for (const name of ['no-status', 'dropped', ...cuts.map((_, index) => `cut-${index}`)])
        await cluster.addPod(scenePod(name, { image: 'registry.example/big:1' }));
    },
  });
});
afterAll(() => scene?.[Symbol.asyncDispose]());
beforeEach(({ skip }) => needProcesses(scene, skip));

const execOf =
  (pod: string) =>
  ({ name, resource }: RecordedRequest): boolean =>
    name === pod && resource === 'pods/exec';

describe.concurrent('a stream that is cut', () => {
  test.each(cuts.map((afterBytes, index) => ({ afterBytes, pod: `cut-${index}` })))(
    'after $afterBytes bytes is never reported whole',
    async ({ afterBytes, pod }) => {
      scene.cluster.faults.cutExecAfterBytes(afterBytes, execOf(pod));
      const ended = await scene.acquire(`acquire pod/${pod}`);
      expect(ended.state).toBe('incomplete');
      expect(ended.words).toContain('INCOMPLETE');
      expect(ended.words).toContain('What arrived is kept');
      const bundle = readBundle(ended.folder);
      const files = bundle.artifact('files.tar');
      expect(files.completeness).toBe('INCOMPLETE');
      expect(files.bytes).toBeLessThanOrEqual(afterBytes);
      expect(files.notes.length).toBeGreaterThan(0);
    },
  );

  test('by a connection that breaks before the handshake is named, and logs and objects are kept', async () => {
    scene.cluster.faults.dropConnection(execOf('dropped'));
    const ended = await scene.acquire('acquire pod/dropped');
    expect(ended.state).toBe('incomplete');
    expect(ended.words).toContain('The connection to cluster prod-cluster');
    expect(ended.words).toContain('broke');
    expect(ended.words).toContain('Ask again');
    expect(readBundle(ended.folder).read('logs/app.log')).toContain('ready');
  });
});

describe.concurrent('an exec that closes without a Status', () => {
  test('is not called whole although every byte may have come', async () => {
    scene.cluster.faults.closeExecWithoutStatus(execOf('no-status'));
    const ended = await scene.acquire('acquire pod/no-status');
    expect(ended.state).toBe('incomplete');
    expect(ended.words).toContain('How the collector ended is not known');
    const bundle = readBundle(ended.folder);
    for (const name of ['volatile.jsonl', 'files.tar'])
      expect(bundle.artifact(name).completeness).toBe('INCOMPLETE');
    expect(bundle.artifact('files.tar').bytes).toBeGreaterThan(FILE_BYTES);
  });
});
