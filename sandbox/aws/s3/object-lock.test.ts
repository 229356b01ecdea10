import {
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  DeleteObjectsCommand,
  GetObjectLegalHoldCommand,
  GetObjectRetentionCommand,
  HeadObjectCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
  type PutObjectCommandInput,
  PutObjectLegalHoldCommand,
  PutObjectRetentionCommand,
  type S3Client,
} from '@aws-sdk/client-s3';
import { Upload } from '@aws-sdk/lib-storage';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { StandInS3 } from './stand-in-s3.ts';
import { bytesOf, streamOf } from './testing/bytes.ts';
import { refusalOf } from './testing/refusal-of.ts';
import { type S3ForTest, s3ForTest } from './testing/s3-for-test.ts';

const DAY_MS = 24 * 60 * 60_000;
const START = Date.now();
const Bucket = 'locked';
const DENIED = { code: 'AccessDenied', status: 403, message: expect.stringContaining('object lock') };

let held: S3ForTest;
let s3: StandInS3;
let client: S3Client;
let now = START;
beforeAll(async () => {
  held = await s3ForTest({
    clock: () => new Date(now),
    buckets: [
      { name: Bucket, objectLock: 'on' },
      { name: 'by-default', objectLock: { mode: 'COMPLIANCE', days: 3 } },
      { name: 'plain' },
    ],
    accessKeys: [
      { accessKeyId: 'AKIAALL', secretAccessKey: 'a' },
      {
        accessKeyId: 'AKIANOBYPASS',
        secretAccessKey: 'b',
        policy: { deny: ['s3:BypassGovernanceRetention'] },
      },
    ],
  });
  ({ s3, client } = held);
});
beforeEach(() => {
  now = START;
});
afterAll(async () => {
  expect(s3.problems()).toEqual([]);
  await held[Symbol.asyncDispose]();
});

const until = (days: number) => new Date(START + days * DAY_MS);

async function put(Key: string, more: Partial<PutObjectCommandInput> = {}): Promise<string> {
  const done = await client.send(new PutObjectCommand({ Bucket, Key, Body: 'evidence', ...more }));
  return done.VersionId ?? '';
}

function remove(Key: string, VersionId: string, BypassGovernanceRetention?: boolean, by = client) {
  const bypass = BypassGovernanceRetention === undefined ? {} : { BypassGovernanceRetention };
  return by.send(new DeleteObjectCommand({ Bucket, Key, VersionId, ...bypass }));
}

function retain(Key: string, Mode: 'GOVERNANCE' | 'COMPLIANCE', days: number, bypass = {}) {
  const Retention = { Mode, RetainUntilDate: until(days) };
  return client.send(new PutObjectRetentionCommand({ Bucket, Key, Retention, ...bypass }));
}

describe('a version under compliance', () => {
  const locked = { ObjectLockMode: 'COMPLIANCE', ObjectLockRetainUntilDate: until(2) } as const;

  test('is not deleted before its time, whoever asks, and is afterwards', async () => {
    const version = await put('compliance', locked);
    expect(await refusalOf(remove('compliance', version, true))).toEqual(DENIED);
    expect((await s3.read('compliance', version, Bucket)).toString()).toBe('evidence');
    now = START + 2 * DAY_MS + 1000;
    await held
      .clientOf(s3.accessKey, { systemClockOffset: now - START })
      .send(new DeleteObjectCommand({ Bucket, Key: 'compliance', VersionId: version }));
    expect(s3.versions('compliance', Bucket)).toEqual([]);
  });

  test('may be kept longer and never shorter', async () => {
    await put('longer', locked);
    await retain('longer', 'COMPLIANCE', 5);
    expect(await refusalOf(retain('longer', 'COMPLIANCE', 4, { BypassGovernanceRetention: true }))).toEqual(
      DENIED,
    );
    expect(await refusalOf(retain('longer', 'GOVERNANCE', 9, { BypassGovernanceRetention: true }))).toEqual(
      DENIED,
    );
    const got = await client.send(new GetObjectRetentionCommand({ Bucket, Key: 'longer' }));
    expect(got.Retention).toEqual({ Mode: 'COMPLIANCE', RetainUntilDate: until(5) });
  });

  test('is hidden by a delete marker and stays, and an overwrite makes a second version', async () => {
    const version = await put('hidden', locked);
    await put('hidden');
    const marker = await client.send(new DeleteObjectCommand({ Bucket, Key: 'hidden' }));
    expect(marker.DeleteMarker).toBe(true);
    expect(s3.versions('hidden', Bucket).map(({ kind }) => kind)).toEqual([
      'delete marker',
      'object',
      'object',
    ]);
    expect(await refusalOf(remove('hidden', version))).toEqual(DENIED);
    await remove('hidden', marker.VersionId ?? '');
    expect(s3.objects(Bucket).some(({ key }) => key === 'hidden')).toBe(true);
  });

  test('is refused in a delete of many, and the others go', async () => {
    const version = await put('many', locked);
    const free = await put('free');
    const done = await client.send(
      new DeleteObjectsCommand({
        Bucket,
        Delete: {
          Objects: [
            { Key: 'many', VersionId: version },
            { Key: 'free', VersionId: free },
          ],
        },
      }),
    );
    expect(done.Deleted).toMatchObject([{ Key: 'free', VersionId: free }]);
    expect(done.Errors).toMatchObject([{ Key: 'many', VersionId: version, Code: 'AccessDenied' }]);
  });
});

describe('a version under governance', () => {
  const locked = { ObjectLockMode: 'GOVERNANCE', ObjectLockRetainUntilDate: until(2) } as const;

  test('is deleted only with the header and the permission together', async () => {
    const version = await put('governed', locked);
    expect(await refusalOf(remove('governed', version))).toEqual(DENIED);
    const other = held.clientOf({ accessKeyId: 'AKIANOBYPASS', secretAccessKey: 'b' });
    expect(await refusalOf(remove('governed', version, true, other))).toEqual(DENIED);
    await remove('governed', version, true);
    expect(s3.versions('governed', Bucket)).toEqual([]);
  });

  test('is shortened only with a bypass', async () => {
    await put('shorter', locked);
    expect(await refusalOf(retain('shorter', 'GOVERNANCE', 1))).toEqual(DENIED);
    await retain('shorter', 'GOVERNANCE', 1, { BypassGovernanceRetention: true });
    await retain('shorter', 'COMPLIANCE', 1);
    expect(s3.versions('shorter', Bucket)).toMatchObject([
      { lock: { retention: { mode: 'COMPLIANCE', until: until(1).getTime() } } },
    ]);
  });
});

test('a legal hold keeps a version without any date, and a bypass does not help', async () => {
  const version = await put('held', { ObjectLockLegalHoldStatus: 'ON' });
  now = START + 9999 * DAY_MS;
  const later = held.clientOf(s3.accessKey, { systemClockOffset: now - START });
  expect(await refusalOf(remove('held', version, true, later))).toEqual(DENIED);
  await later.send(new PutObjectLegalHoldCommand({ Bucket, Key: 'held', LegalHold: { Status: 'OFF' } }));
  const hold = await later.send(new GetObjectLegalHoldCommand({ Bucket, Key: 'held' }));
  expect(hold.LegalHold).toEqual({ Status: 'OFF' });
  await remove('held', version, undefined, later);
  expect(s3.versions('held', Bucket)).toEqual([]);
});

test('a multipart upload gets the lock that it was created with', async () => {
  const upload = new Upload({
    client,
    partSize: 5 * 1024 ** 2,
    params: {
      Bucket,
      Key: 'parts',
      Body: streamOf(bytesOf(6 * 1024 ** 2)),
      ObjectLockMode: 'COMPLIANCE',
      ObjectLockRetainUntilDate: until(2),
      ObjectLockLegalHoldStatus: 'ON',
    },
  });
  const { VersionId } = await upload.done();
  expect(await refusalOf(remove('parts', VersionId ?? '', true))).toEqual(DENIED);
  const head = await client.send(new HeadObjectCommand({ Bucket, Key: 'parts' }));
  expect(head).toMatchObject({
    ObjectLockMode: 'COMPLIANCE',
    ObjectLockRetainUntilDate: until(2),
    ObjectLockLegalHoldStatus: 'ON',
  });
});

test("a bucket's default retention holds for what says nothing of it", async () => {
  const done = await client.send(new PutObjectCommand({ Bucket: 'by-default', Key: 'k', Body: 'x' }));
  expect(s3.versions('k', 'by-default')).toMatchObject([
    { versionId: done.VersionId, lock: { retention: { mode: 'COMPLIANCE', until: START + 3 * DAY_MS } } },
  ]);
});

describe('a request about locks is refused', () => {
  const plainClient = () =>
    held.clientOf(s3.accessKey, { requestChecksumCalculation: 'WHEN_REQUIRED', apiVersion: '2006-03-01' });
  const locked = { ObjectLockMode: 'GOVERNANCE', ObjectLockRetainUntilDate: until(1) } as const;

  test('when it writes under a lock without a checksum', async () => {
    const refusal = await refusalOf(
      plainClient().send(new PutObjectCommand({ Bucket: 'by-default', Key: 'n', Body: 'x' })),
    );
    expect(refusal).toMatchObject({
      code: 'InvalidRequest',
      message: expect.stringContaining('Content-MD5 OR'),
    });
    expect(s3.versions('n', 'by-default')).toEqual([]);
  });

  test('when the bucket has no Object Lock', async () => {
    expect(await refusalOf(put('x', { Bucket: 'plain', ...locked }))).toMatchObject({
      code: 'InvalidRequest',
      message: 'Bucket is missing Object Lock Configuration',
    });
    const create = new CreateMultipartUploadCommand({
      Bucket: 'plain',
      Key: 'x',
      ObjectLockLegalHoldStatus: 'ON',
    });
    expect(await refusalOf(client.send(create))).toMatchObject({ code: 'InvalidRequest' });
  });

  test('when the date has passed, or the mode has no date', async () => {
    expect(
      await refusalOf(put('x', { ObjectLockMode: 'GOVERNANCE', ObjectLockRetainUntilDate: until(-1) })),
    ).toMatchObject({ code: 'InvalidArgument', message: 'The retain until date must be in the future!' });
    expect(await refusalOf(put('x', { ObjectLockMode: 'GOVERNANCE' }))).toMatchObject({
      code: 'InvalidArgument',
      message: expect.stringContaining('must both be supplied'),
    });
  });

  test('when it would suspend versioning', async () => {
    const suspend = new PutBucketVersioningCommand({
      Bucket,
      VersioningConfiguration: { Status: 'Suspended' },
    });
    expect(await refusalOf(client.send(suspend))).toMatchObject({ code: 'InvalidBucketState', status: 409 });
  });
});
