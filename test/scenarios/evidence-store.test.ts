import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { needProcesses, type Scene, startScene } from './cluster-scene.ts';
import { readBundle } from './read-bundle.ts';
import { scenePod } from './scene-pod.ts';

const STORE_MIB = 4;
const FILE_MIB = 8;

const mount = (...options: readonly string[]): void => {
  execFileSync('mount', options, { stdio: 'pipe' });
};

/** Says why a file system of its own can't be mounted here; undefined when it can. */
const whyNoMount = (folder: string): string | undefined => {
  try {
    mkdirSync(folder, { recursive: true });
    mount('-t', 'tmpfs', '-o', `size=${STORE_MIB}m,mode=0700`, 'evidence', folder);
    return undefined;
  } catch (error) {
    return `no tmpfs can be mounted here: ${String(error).split('\n')[0]}`;
  }
};

const running = new AsyncDisposableStack();
let scene: Scene;
let whyNot: string | undefined;
let folder: string;
const remount = (mode: 'ro' | 'rw'): void => mount('-o', `remount,${mode}`, folder);

beforeAll(async () => {
  scene = running.use(
    await startScene({
      prepare: async (cluster, dataDir) => {
        folder = join(dataDir, 'evidence');
        whyNot = whyNoMount(folder);
        cluster.addImage('registry.example/large:1', {
          userland: 'host',
          entrypoint: ['/bin/sh', '-c', 'echo ready; exec sleep 86400'],
          files: { '/data/large': { content: Buffer.alloc(FILE_MIB * 1024 ** 2, 'large') } },
        });
        await cluster.addPod(scenePod('large', { image: 'registry.example/large:1' }));
        await cluster.addPod(scenePod('small'));
      },
      release: () => {
        if (whyNot === undefined) execFileSync('umount', ['--lazy', folder]);
      },
    }),
  );
});
afterAll(() => running.disposeAsync());

const execsOf = (pod: string) =>
  scene.cluster.requests.filter(({ resource, name }) => resource === 'pods/exec' && name === pod);

describe('an evidence store', () => {
  test('that is read-only is found before anyone is asked', async ({ skip }) => {
    if (whyNot !== undefined) skip(whyNot);
    remount('ro');
    try {
      const answer = await scene.ask('acquire pod/small');
      expect(answer.kind).toBe('told');
      expect(answer.words).toContain(`The evidence store at ${folder} is read-only.`);
      expect(answer.words).toContain('Mount it writable');
    } finally {
      remount('rw');
    }
  });

  // Root may write whatever the mode says.
  test.skipIf(process.getuid?.() === 0)(
    'that Firebreak may not write to is found before anyone is asked',
    async () => {
      chmodSync(folder, 0o500);
      try {
        const answer = await scene.ask('acquire pod/small');
        expect(answer.kind).toBe('told');
        expect(answer.words).toContain(`The evidence store at ${folder} does not let Firebreak write.`);
        expect(answer.words).toContain('Give the folder to the user that Firebreak runs as');
      } finally {
        chmodSync(folder, 0o700);
      }
    },
  );

  test('that became read-only since is named, nothing runs in the container, and asking again works', async ({
    skip,
  }) => {
    needProcesses(scene, skip);
    if (whyNot !== undefined) skip(whyNot);
    const answer = await scene.ask('acquire pod/small');
    if (answer.kind !== 'card') throw new Error(answer.words);
    remount('ro');
    try {
      await scene.approve(answer);
      const ended = await scene.end(answer.run);
      expect(ended.state).toBe('failed');
      expect(ended.words).toContain('is read-only');
      expect(ended.words).toContain('ask again');
      expect(existsSync(ended.folder)).toBe(false);
      expect(execsOf('small')).toEqual([]);
    } finally {
      remount('rw');
    }
    const again = await scene.acquire('acquire pod/small');
    expect(again.state).toBe('succeeded');
    readBundle(again.folder);
  });

  test('that fills is named, what had arrived is kept, and nothing calls it whole', async ({ skip }) => {
    needProcesses(scene, skip);
    if (whyNot !== undefined) skip(whyNot);
    const ended = await scene.acquire('acquire pod/large');
    expect(ended.state).toBe('failed');
    expect(ended.words).toContain('FAILED');
    expect(ended.words).toContain(`The evidence store at ${folder} is full.`);
    expect(ended.words).toContain('Free space there');
    // Without a manifest a bundle was never sealed.
    expect(existsSync(join(ended.folder, 'manifest.json'))).toBe(false);
    expect(existsSync(join(ended.folder, 'files.tar'))).toBe(false);
    expect(readdirSync(ended.folder)).toEqual(expect.arrayContaining(['pod.json', 'volatile.jsonl']));
    expect(readFileSync(join(ended.folder, 'pod.json'), 'utf8')).toContain('"name": "large"');
    expect(ended.words).toContain(ended.folder);
  });
});
