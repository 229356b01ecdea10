import { execFileSync } from 'node:child_process';
import { createHash, createHmac } from 'node:crypto';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import type { ClusterClient } from '../core/cluster.ts';
import type { Bundle, Progress } from '../core/evidence.ts';
import { FirebreakError } from '../core/firebreak-error.ts';
import { digest } from '../runtime/digest.ts';
import { systemClock } from '../runtime/system-clock.ts';
import { openBundle } from './bundle.ts';
import { createDirectoryStore } from './directory-store.ts';

const BUNDLE = 'FB-2026-0007/FB-2026-0007-1';
const never = new AbortController().signal;

const refuse = (): never => {
  throw new Error('nothing runs in a container here');
};
const noCluster: ClusterClient = {
  get: refuse,
  list: refuse,
  allowed: refuse,
  allowedFor: refuse,
  version: refuse,
  logs: refuse,
  exec: refuse,
};

let root: string;
let progress: Progress[];
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'bundle-'));
  progress = [];
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

const open = (part: { superseded?: readonly string[]; signal?: AbortSignal; key?: number } = {}): Bundle =>
  openBundle({
    store: createDirectoryStore({ root }),
    bundle: BUNDLE,
    client: noCluster,
    clock: systemClock,
    digest,
    caseKey: Buffer.alloc(32, part.key ?? 1),
    signal: part.signal ?? never,
    progress: (step) => progress.push(step),
    superseded: part.superseded ?? [],
  });

async function* pieces(...texts: readonly string[]): AsyncIterable<Uint8Array> {
  for (const text of texts) yield Buffer.from(text);
}

async function* failing(text: string, thrown: Error): AsyncIterable<Uint8Array> {
  yield Buffer.from(text);
  throw thrown;
}

async function* endless(): AsyncIterable<Uint8Array> {
  yield Buffer.from('first');
  await new Promise(() => undefined);
}

const sha256 = (bytes: string | Buffer): string => createHash('sha256').update(bytes).digest('hex');
const read = (name: string): string => readFileSync(join(root, BUNDLE, name), 'utf8');
const names = (): readonly string[] => readdirSync(join(root, BUNDLE)).sort();
const manifestSchema = z.looseObject({ artifacts: z.array(z.looseObject({ name: z.string() })) });

describe('a record of Firebreak’s own', () => {
  it('is VERIFIED, since its length and hash were known before', async () => {
    const artifact = await open().record('changes.json', 'the undo ledger', '{"ä":1}\n');
    expect(artifact).toMatchObject({
      ...{ name: 'changes.json', completeness: 'VERIFIED', tools: 'firebreak', notes: [] },
      source: { bytes: 9, sha256: sha256('{"ä":1}\n') },
      method: 'the undo ledger',
    });
    expect(read('changes.json')).toBe('{"ä":1}\n');
  });

  it('is written when a person stopped the run, and not when it goes on elsewhere', async () => {
    const stopped = (code: 'cancelled' | 'superseded'): AbortSignal =>
      AbortSignal.abort(new FirebreakError({ code, message: 'It ends.', next: 'Wait.' }));
    await open({ signal: stopped('cancelled') }).record('changes.json', 'x', 'a');
    expect(names()).toEqual(['changes.json']);
    await expect(open({ signal: stopped('superseded') }).record('more.json', 'x', 'a')).rejects.toMatchObject(
      { code: 'superseded' },
    );
  });
});

describe('an artifact from the API', () => {
  it('is COUNTED when its source ended by itself', async () => {
    const artifact = await open().put('logs/app.log', 'GET log', pieces('one\n', 'two\n'), 'app');
    expect(artifact).toMatchObject({
      name: 'logs/app.log',
      completeness: 'COUNTED',
      tools: 'api',
      bytes: 8,
      sha256: sha256('one\ntwo\n'),
      notes: [],
      container: 'app',
    });
    expect(progress).toEqual([
      { phase: 'logs', bytes: 4 },
      { phase: 'logs', bytes: 8 },
    ]);
    expect(read('logs/app.log')).toBe('one\ntwo\n');
  });

  it('is INCOMPLETE with the reason when its source failed, and is not thrown', async () => {
    const lost = new FirebreakError({
      code: 'exec-lost',
      message: 'The connection was cut.',
      next: 'Ask again.',
    });
    const artifact = await open().put('events.json', 'LIST events', failing('half', lost));
    expect(artifact).toMatchObject({ completeness: 'INCOMPLETE', bytes: 4, sha256: sha256('half') });
    expect(artifact.notes[0]).toBe('The connection was cut.');
  });

  it('is INCOMPLETE when the run is stopped, even by a source that hangs', async () => {
    const stop = new AbortController();
    const bundle = open({ signal: stop.signal });
    const put = bundle.put('logs/app.log', 'GET log', endless());
    await expect.poll(() => progress.length).toBe(1);
    stop.abort(new Error('cancelled by a person'));
    expect(await put).toMatchObject({ completeness: 'INCOMPLETE', bytes: 5 });
    await expect(bundle.put('pod.json', 'GET pod', pieces('{}'))).rejects.toThrow('cancelled by a person');
    expect((await bundle.seal({})).completeness).toBe('INCOMPLETE');
  });

  it('throws what the store refuses', async () => {
    const bundle = open();
    await bundle.put('pod.json', 'GET pod', pieces('{}'));
    await expect(bundle.put('pod.json', 'GET pod', pieces('{}'))).rejects.toMatchObject({
      code: 'superseded',
    });
    await expect(bundle.put('../pod.json', 'GET pod', pieces('{}'))).rejects.toMatchObject({
      code: 'evidence-store',
    });
  });

  it('is never read faster than the store takes it', async () => {
    let given = 0;
    async function* counted(): AsyncIterable<Uint8Array> {
      for (; given < 200; given += 1) yield Buffer.alloc(1024);
    }
    let ahead = 0;
    const store = createDirectoryStore({ root });
    const bundle = openBundle({
      store: {
        ...store,
        create: async (...place) => {
          const writer = await store.create(...place);
          let taken = 0;
          return {
            close: () => writer.close(),
            write: async (bytes) => {
              await sleep(0);
              await writer.write(bytes);
              taken += 1;
              ahead = Math.max(ahead, given - taken);
            },
          };
        },
      },
      ...{ bundle: BUNDLE, client: noCluster, clock: systemClock, digest, caseKey: Buffer.alloc(32) },
      ...{ signal: never, progress: () => undefined, superseded: [] },
    });
    await bundle.put('logs/app.log', 'GET log', counted());
    expect(ahead).toBeLessThanOrEqual(1);
  });
});

describe('a sealed bundle', () => {
  it('verifies with sha256sum -c, and its manifest is canonical JSON with the head in it', async () => {
    const bundle = open();
    await bundle.put('pod.json', 'GET pod', pieces('{}'));
    await bundle.put('logs/app.log', 'GET log', pieces('log'));
    const sealed = await bundle.seal({ case: 'FB-2026-0007', reason: 'ünïcode' });
    expect(sealed).toMatchObject({ reference: join(root, BUNDLE), completeness: 'complete' });
    expect(names()).toEqual(['SHA256SUMS', 'logs', 'manifest.json', 'pod.json']);
    execFileSync('sha256sum', ['--strict', '-c', 'SHA256SUMS'], { cwd: join(root, BUNDLE) });
    const text = read('manifest.json');
    expect(sealed.manifestSha256).toBe(sha256(text));
    expect(text).toBe(digest.canonical(JSON.parse(text)));
    expect(manifestSchema.parse(JSON.parse(text))).toMatchObject({
      format: 'firebreak-manifest',
      version: 1,
      case: 'FB-2026-0007',
      reason: 'ünïcode',
      completeness: 'complete',
      artifacts: sealed.artifacts,
      superseded: [],
    });
  });

  it('says loudly what is INCOMPLETE, what was missing, and leaves both out of SHA256SUMS', async () => {
    const bundle = open();
    await bundle.put('pod.json', 'GET pod', failing('{', new Error('reset')));
    bundle.missing('logs/previous.log', 'GET log', 'There is no previous container.', 'app');
    const sealed = await bundle.seal({});
    expect(sealed.completeness).toBe('INCOMPLETE');
    expect(read('SHA256SUMS')).toBe('');
    const entries = read('INCOMPLETE')
      .trimEnd()
      .split('\n')
      .map((line): unknown => JSON.parse(line));
    expect(entries).toEqual([
      {
        kind: 'artifact',
        name: 'pod.json',
        bytes: 1,
        sha256: sha256('{'),
        why: ['The source failed: reset.', 'What would have come after that is missing.'],
      },
      {
        kind: 'artifact',
        name: 'logs/previous.log',
        bytes: 0,
        sha256: sha256(''),
        why: ['There is no previous container.'],
        container: 'app',
      },
    ]);
  });

  it('names what an earlier capture left, with its hash, and is complete itself', async () => {
    const store = createDirectoryStore({ root });
    const dead = await store.create(BUNDLE, 'files.tar', never);
    await dead.write(Buffer.from('half'));
    const superseded = await store.supersede(BUNDLE, never);
    await dead.close().catch(() => 'it lost');
    const bundle = open({ superseded });
    await bundle.put('pod.json', 'GET pod', pieces('{}'));
    const sealed = await bundle.seal({});
    expect(sealed.completeness).toBe('complete');
    expect(JSON.parse(read('INCOMPLETE'))).toMatchObject({
      kind: 'superseded',
      name: 'superseded-1/files.tar',
      bytes: 4,
      sha256: sha256('half'),
    });
  });

  it('is sealed once', async () => {
    const bundle = open();
    await bundle.seal({});
    await expect(bundle.seal({})).rejects.toMatchObject({ code: 'superseded' });
  });

  it('is INCOMPLETE when nothing was captured, and says so', async () => {
    const sealed = await open().seal({});
    expect(sealed.completeness).toBe('INCOMPLETE');
    const lines = readFileSync(join(sealed.reference, 'INCOMPLETE'), 'utf8').trim().split('\n');
    expect(lines.map((line): unknown => JSON.parse(line))).toEqual([
      { kind: 'nothing', why: ['Nothing was captured: the run ended before that.'] },
    ]);
  });

  it('refuses a head that would speak for the bundle, and writes no manifest', async () => {
    await expect(open().seal({ artifacts: [] })).rejects.toThrow('artifacts');
    expect(existsSync(join(root, BUNDLE, 'manifest.json'))).toBe(false);
  });
});

describe('a keyed hash', () => {
  it('is the same within a case and another with another key', () => {
    expect(open().keyedHash('hush')).toBe(open().keyedHash('hush'));
    expect(open().keyedHash('hush')).not.toBe(open({ key: 2 }).keyedHash('hush'));
    const expected = createHmac('sha256', Buffer.alloc(32, 1)).update('hush').digest('hex');
    expect(open().keyedHash('hush')).toBe(`hmac-sha256:${expected}`);
  });
});
