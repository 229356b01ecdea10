import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createDirectoryStore } from '../../src/evidence/directory-store.ts';
import { evidenceStoreContract } from './evidence-store.ts';

const signal = new AbortController().signal;
const bundle = 'FB-2026-0007/FB-2026-0007-1';

/** Mounts a tmpfs of 512 KiB, which needs root. Returns why not where the machine refuses. */
const mountSmall = (folder: string): string | undefined => {
  mkdirSync(folder);
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=512k', 'tmpfs', folder], { stdio: 'pipe' });
    return undefined;
  } catch {
    return 'a small file system can be mounted by root only';
  }
};

evidenceStoreContract('the directory store', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'evidence-'));
  const root = join(folder, 'store');
  const mounts: string[] = [];
  return {
    store: createDirectoryStore({ root }),
    other: createDirectoryStore({ root }),
    reachesMediumBytes: 1,
    small: async () => {
      const mountPoint = join(folder, 'small');
      const refusal = mountSmall(mountPoint);
      if (refusal !== undefined) return refusal;
      mounts.push(mountPoint);
      return createDirectoryStore({ root: mountPoint });
    },
    clean: async () => {
      for (const mountPoint of mounts) execFileSync('umount', [mountPoint]);
      rmSync(folder, { recursive: true, force: true });
    },
  };
});

describe('the directory store', () => {
  const withRoot = async (work: (root: string) => Promise<void>) => {
    const folder = mkdtempSync(join(tmpdir(), 'evidence-'));
    try {
      await work(join(folder, 'store'));
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  };

  it('lets only its owner read folders and files', () =>
    withRoot(async (root) => {
      const store = createDirectoryStore({ root });
      await (await store.create(bundle, 'logs/app.log', signal)).close();
      const mode = (path: string) => statSync(join(root, path)).mode & 0o777;
      expect(['', 'FB-2026-0007', bundle, `${bundle}/logs`].map(mode)).toEqual([0o700, 0o700, 0o700, 0o700]);
      expect(mode(`${bundle}/logs/app.log`)).toBe(0o600);
    }));

  it('keeps an object under .partial while it is written', () =>
    withRoot(async (root) => {
      const store = createDirectoryStore({ root });
      const writer = await store.create(bundle, 'files.tar', signal);
      expect(readdirSync(join(root, bundle))).toEqual(['files.tar.partial']);
      await writer.close();
      expect(readdirSync(join(root, bundle))).toEqual(['files.tar']);
    }));

  it('leaves no empty folder behind what it superseded', () =>
    withRoot(async (root) => {
      const store = createDirectoryStore({ root });
      await (await store.create(bundle, 'logs/app.log', signal)).close();
      await store.supersede(bundle, signal);
      expect(readdirSync(join(root, bundle))).toEqual(['superseded-1']);
    }));

  it('has no links, and says where the folder is', async () => {
    const store = createDirectoryStore({ root: '/evidence/here' });
    expect(store.links).toBe('none');
    await expect(store.link(bundle, { name: 'pod.json' }, new Date(), signal)).rejects.toMatchObject({
      code: 'evidence-store',
      next: expect.stringContaining(`/evidence/here/${bundle}`),
    });
  });

  it('tells people the absolute path of a bundle', () => {
    expect(createDirectoryStore({ root: '/evidence/here' }).reference(bundle)).toBe(
      `/evidence/here/${bundle}`,
    );
  });

  it('says what to do about a folder that is read-only', async (context) => {
    const folder = mkdtempSync(join(tmpdir(), 'evidence-'));
    if (mountSmall(join(folder, 'small')) !== undefined) return context.skip('mounting needs root');
    try {
      execFileSync('mount', ['-o', 'remount,ro', join(folder, 'small')]);
      const store = createDirectoryStore({ root: join(folder, 'small') });
      await expect(store.check(signal)).rejects.toMatchObject({
        code: 'evidence-store',
        message: expect.stringContaining('is read-only'),
      });
    } finally {
      execFileSync('umount', [join(folder, 'small')]);
      rmSync(folder, { recursive: true, force: true });
    }
  });

  it('says what to do about a folder that belongs to someone else', async (context) => {
    if (process.getuid?.() === 0) return context.skip('root may write anywhere');
    await withRoot(async (root) => {
      mkdirSync(root);
      chmodSync(root, 0o500);
      await expect(createDirectoryStore({ root }).check(signal)).rejects.toMatchObject({
        code: 'evidence-store',
        message: expect.stringContaining('does not let Firebreak write'),
      });
    });
  });
});
