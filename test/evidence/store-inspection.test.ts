import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { S3Options } from '../../sandbox/aws/s3/start-s3.ts';
import { type S3ForTest, s3ForTest } from '../../sandbox/aws/s3/testing/s3-for-test.ts';
import { createDirectoryInspection } from '../../src/evidence/directory-inspection.ts';
import type { S3Settings } from '../../src/evidence/s3/s3-settings.ts';
import { createS3Inspection } from '../../src/evidence/s3-inspection.ts';
import { systemClock } from '../../src/runtime/system-clock.ts';

const never = new AbortController().signal;
const LOCK = { mode: 'COMPLIANCE', days: 365 } as const;
const LOCKED = { buckets: [{ name: 'evidence', objectLock: 'on' }] } as const;
const VERSIONED = { buckets: [{ name: 'evidence', versioning: 'Enabled' }] } as const;
const PLAIN = { buckets: [{ name: 'evidence' }] } as const;

describe('an S3 store that is looked at', () => {
  let held: S3ForTest | undefined;
  afterEach(async () => {
    await held?.[Symbol.asyncDispose]();
    held = undefined;
  });

  const inspect = async (options: Partial<S3Options>, settings: Partial<S3Settings> = {}) => {
    held = await s3ForTest(options);
    const { s3 } = held;
    const store = createS3Inspection({
      settings: {
        ...{ bucket: 'evidence', region: s3.region, prefix: 'firebreak/' },
        ...{ endpoint: s3.endpoint.href, forcePathStyle: true },
        ...settings,
      },
      credentials: { provide: async () => s3.accessKey, forget: () => undefined },
      ...{ clock: systemClock, attempts: 1 },
    });
    return { s3, store };
  };

  test('is asked by reads alone, and says how it locks', async () => {
    const { s3, store } = await inspect(LOCKED, { objectLock: LOCK });
    expect(await store.look(never)).toEqual({ kind: 'on', how: 'COMPLIANCE, 365 days' });
    expect(s3.requests().length).toBeGreaterThan(1);
    expect(new Set(s3.requests().map(({ method }) => method))).toEqual(new Set(['GET']));
  });

  test('that locks by itself, or not at all, or does not say, is told apart', async () => {
    const off = await inspect(VERSIONED);
    expect(await off.store.look(never)).toMatchObject({ kind: 'off' });
    await held?.[Symbol.asyncDispose]();
    const none = await inspect(LOCKED);
    expect(await none.store.look(never)).toMatchObject({
      kind: 'off',
      why: expect.stringContaining('sets none by itself'),
    });
    none.s3.accessKeys.setPolicy(none.s3.accessKey.accessKeyId, {
      deny: ['s3:GetBucketObjectLockConfiguration'],
    });
    expect(await none.store.look(never)).toMatchObject({ kind: 'unknown' });
  });

  test('that can not lock what the configuration wants locked is a failure', async () => {
    const { store } = await inspect(VERSIONED, { objectLock: LOCK });
    await expect(store.look(never)).rejects.toMatchObject({ code: 'evidence-store' });
    await expect(store.look(never)).rejects.toThrow('Object Lock is off');
  });

  test('that is not there, or refuses, is a failure with what to do', async () => {
    const gone = await inspect(PLAIN, { bucket: 'elsewhere' });
    await expect(gone.store.look(never)).rejects.toThrow('there is no bucket elsewhere');
    await held?.[Symbol.asyncDispose]();
    const refused = await inspect(PLAIN);
    refused.s3.accessKeys.setPolicy(refused.s3.accessKey.accessKeyId, { deny: ['s3:ListBucket'] });
    await expect(refused.store.look(never)).rejects.toMatchObject({
      next: expect.stringContaining('s3:ListBucket'),
    });
  });

  test('takes a probe and keeps it from deletion by its lock; the probe is out of sight and stays a day', async () => {
    const { s3, store } = await inspect(LOCKED, { objectLock: LOCK });
    const tried = await store.probe(never);
    expect(tried).toMatchObject({ kind: 'denied' });
    const put = s3.requests().find(({ method }) => method === 'PUT');
    const until = Date.parse(String(put?.headers['x-amz-object-lock-retain-until-date']));
    expect(put?.headers['x-amz-object-lock-mode']).toBe('COMPLIANCE');
    expect(until - Date.now()).toBeLessThan(25 * 3_600_000);
    expect(until - Date.now()).toBeGreaterThan(23 * 3_600_000);
    expect(s3.objects()).toEqual([]);
    expect(
      s3
        .versions(put?.key ?? '')
        .map(({ kind }) => kind)
        .toSorted(),
    ).toEqual(['delete marker', 'object']);
  });

  test('keeps a probe from deletion by what the identity lacks, and says what', async () => {
    const { s3, store } = await inspect(VERSIONED);
    s3.accessKeys.setPolicy(s3.accessKey.accessKeyId, { deny: ['s3:DeleteObjectVersion'] });
    const tried = await store.probe(never);
    expect(tried).toMatchObject({ kind: 'denied', how: expect.stringContaining('s3:DeleteObjectVersion') });
  });

  test('lifts the hold of a probe, which would keep it for ever', async () => {
    const { s3, store } = await inspect(LOCKED, { legalHold: true });
    expect(await store.probe(never)).toMatchObject({ kind: 'denied' });
    const lifted = s3.requests().find(({ operation }) => operation === 'PutObjectLegalHold');
    expect(lifted?.method).toBe('PUT');
  });

  test.each([
    ['with versions', VERSIONED],
    ['without versions', PLAIN],
  ])('that lets its writer delete is said to, %s', async (_name, options) => {
    const { store } = await inspect(options);
    expect(await store.probe(never)).toMatchObject({ kind: 'deleted' });
  });

  test('that refuses the write is a failure with what to do', async () => {
    const { s3, store } = await inspect(LOCKED, { objectLock: LOCK });
    s3.accessKeys.setPolicy(s3.accessKey.accessKeyId, { deny: ['s3:PutObject'] });
    await expect(store.probe(never)).rejects.toMatchObject({ next: expect.stringContaining('s3:PutObject') });
  });
});

describe('a folder that is looked at', () => {
  let root: string;
  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'firebreak-folder-'));
  });
  afterEach(() => rm(root, { recursive: true, force: true }));

  test('locks nothing, and takes a probe that is gone again', async () => {
    const store = createDirectoryInspection({ root });
    expect(await store.look(never)).toMatchObject({ kind: 'off' });
    expect(await store.probe(never)).toMatchObject({ kind: 'deleted' });
  });

  test('that is not there is a failure, and is not made', async () => {
    const store = createDirectoryInspection({ root: join(root, 'none') });
    await expect(store.look(never)).rejects.toThrow('is not there');
    await expect(store.look(never)).rejects.toMatchObject({ code: 'evidence-store' });
  });
});
