import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { needProcesses, type Scene, startScene } from './cluster-scene.ts';
import { folderState, processesBeside } from './container-state.ts';
import { readBundle } from './read-bundle.ts';
import { scenePod } from './scene-pod.ts';

let scene: Scene;
beforeAll(async () => {
  scene = await startScene({
    cluster: { execProtocols: ['v4'] },
    prepare: async (cluster) => {
      cluster.addImage('registry.example/endless:1', {
        userland: 'host',
        entrypoint: ['/bin/sh', '-c', 'echo ready; exec sleep 86400'],
        files: {
          '/usr/local/bin/tar': {
            content:
              '#!/bin/sh\ncase "$*" in *--version*) echo "tar (GNU tar) 1.35";; *) exec yes endless;; esac\n',
            mode: 0o755,
          },
        },
      });
      await cluster.addPod(scenePod('plain'));
      await cluster.addPod(scenePod('endless', { image: 'registry.example/endless:1' }));
    },
  });
});
afterAll(() => scene?.[Symbol.asyncDispose]());
beforeEach(({ skip }) => needProcesses(scene, skip));

describe('on a cluster that speaks only v4', () => {
  test('a container is acquired whole, nothing is written and no process is left', async () => {
    const here = ['payments', 'plain', 'app'] as const;
    const pid = scene.cluster.containerPid(...here);
    const before = folderState(scene.cluster.upperDir(...here));
    const ended = await scene.acquire('acquire pod/plain');
    expect(ended.state).toBe('succeeded');
    const bundle = readBundle(ended.folder);
    expect(bundle.artifact('files.tar').completeness).toBe('VERIFIED');
    expect(bundle.artifact('volatile.jsonl').completeness).toBe('COUNTED');
    expect(folderState(scene.cluster.upperDir(...here))).toEqual(before);
    await vi.waitUntil(() => processesBeside(pid).length === 1, 10_000);
  });

  test('a stream without end is ended at its source although v4 has no end of stdin', async () => {
    const ended = await scene.acquire('acquire pod/endless --max-size 1MiB --deadline 30s');
    expect(ended.state).toBe('incomplete');
    expect(readBundle(ended.folder).artifact('files.tar').completeness).toBe('INCOMPLETE');
    const pid = scene.cluster.containerPid('payments', 'endless', 'app');
    await vi.waitUntil(() => processesBeside(pid).length === 1, 40_000);
  });
});
