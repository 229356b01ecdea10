import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ClusterClient } from '../../src/core/cluster.ts';
import type { Bundle, CollectRequest, Progress } from '../../src/core/evidence.ts';
import { openBundle } from '../../src/evidence/bundle.ts';
import { createDirectoryStore } from '../../src/evidence/directory-store.ts';
import { digest } from '../../src/runtime/digest.ts';
import { systemClock } from '../../src/runtime/system-clock.ts';

export const BUNDLE = 'FB-2026-0007/FB-2026-0007-1';

export interface TestBundle extends Disposable {
  readonly bundle: Bundle;
  /** Folder of the bundle. */
  readonly folder: string;
  readonly progress: readonly Progress[];
  readonly read: (name: string) => Buffer;
}

/** A bundle in a directory of its own. */
export const openTestBundle = (client: ClusterClient, signal = new AbortController().signal): TestBundle => {
  const root = mkdtempSync(join(tmpdir(), 'bundle-'));
  const folder = join(root, BUNDLE);
  const progress: Progress[] = [];
  const bundle = openBundle({
    store: createDirectoryStore({ root }),
    bundle: BUNDLE,
    client,
    clock: systemClock,
    digest,
    caseKey: Buffer.alloc(32, 7),
    signal,
    progress: (step) => progress.push(step),
    superseded: [],
  });
  return {
    bundle,
    folder,
    progress,
    read: (name) => readFileSync(join(folder, name)),
    [Symbol.dispose]: () => rmSync(root, { recursive: true, force: true }),
  };
};

export const collectRequest = (part: Partial<CollectRequest>): CollectRequest => ({
  collection: 'files',
  namespace: 'payments',
  pod: 'x',
  container: 'app',
  maxBytes: 64 * 1024 * 1024,
  deadlineSeconds: 30,
  secretMounts: [],
  paths: [],
  ...part,
});
