import { DeleteObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { describe, expect, it } from 'vitest';
import type { S3Options } from '../../sandbox/aws/s3/start-s3.ts';
import { PART_BYTES, PREFIX, type S3Place, s3Place } from '../contracts/s3-place.ts';

const BUNDLE = 'FB-2026-0007/FB-2026-0007-1';
const KEY = `${PREFIX}${BUNDLE}/files.tar`;
const KMS_KEY = 'arn:aws:kms:us-east-1:123456789012:key/evidence';
const never = new AbortController().signal;
const DAY_MS = 24 * 60 * 60_000;
const LOCKABLE: Partial<S3Options> = { buckets: [{ name: 'evidence', objectLock: 'on' }] };

const write = async (place: S3Place, settings: Parameters<S3Place['store']>[0], bytes: number) => {
  const writer = await place.store(settings).create(BUNDLE, 'files.tar', never);
  await writer.write(Buffer.alloc(bytes));
  return await writer.close();
};
const versionOf = (place: S3Place) => {
  const [version] = place.s3.versions(KEY);
  if (version?.kind !== 'object') throw new Error('nothing lies there');
  return version;
};
const deleteForGood = (place: S3Place, VersionId: string | undefined) =>
  new S3Client({
    endpoint: place.s3.endpoint.href,
    region: place.s3.region,
    credentials: place.s3.accessKey,
    forcePathStyle: true,
  }).send(new DeleteObjectCommand({ Bucket: 'evidence', Key: KEY, VersionId }));

describe.each([
  ['an object that fits into a part', 5],
  ['an object of several parts', PART_BYTES + 1],
])('%s', (_what, bytes) => {
  it.each(['GOVERNANCE', 'COMPLIANCE'] as const)('is locked for as long as configured: %s', async (mode) => {
    await using place = await s3Place(LOCKABLE);
    const before = Date.now();
    const { version } = await write(place, { objectLock: { mode, days: 30 } }, bytes);
    const { lock } = versionOf(place);
    expect(lock.retention?.mode).toBe(mode);
    expect(lock.retention?.until).toBeGreaterThanOrEqual(before + 30 * DAY_MS - 1_000);
    expect(lock.retention?.until).toBeLessThanOrEqual(Date.now() + 30 * DAY_MS);
    await expect(deleteForGood(place, version)).rejects.toMatchObject({ name: 'AccessDenied' });
  });

  it('is under legal hold, which refuses a delete by itself', async () => {
    await using place = await s3Place(LOCKABLE);
    const { version } = await write(place, { legalHold: true }, bytes);
    expect(versionOf(place).lock).toEqual({ retention: undefined, legalHold: 'ON' });
    await expect(deleteForGood(place, version)).rejects.toMatchObject({ name: 'AccessDenied' });
  });

  it('is encrypted with the configured key, by one data key for many objects', async () => {
    await using place = await s3Place({ kmsKeys: [{ arn: KMS_KEY }] });
    await write(place, { kmsKeyId: KMS_KEY }, bytes);
    expect(versionOf(place).encryption).toEqual({ algorithm: 'aws:kms', keyArn: KMS_KEY, bucketKey: true });
  });

  it('says nothing of locks and keys where none are configured', async () => {
    await using place = await s3Place(LOCKABLE);
    const { version } = await write(place, {}, bytes);
    expect(versionOf(place).lock).toEqual({ retention: undefined, legalHold: undefined });
    await deleteForGood(place, version);
  });
});

it('what a takeover moves is locked and encrypted as well, and the locked version it came from stays', async () => {
  await using place = await s3Place({ ...LOCKABLE, kmsKeys: [{ arn: KMS_KEY }] });
  const settings = {
    objectLock: { mode: 'COMPLIANCE', days: 1 },
    legalHold: true,
    kmsKeyId: KMS_KEY,
  } as const;
  const { version } = await write(place, settings, PART_BYTES + 1);
  await place.store(settings).supersede(BUNDLE, never);
  expect(place.s3.versions(KEY).map(({ kind }) => kind)).toEqual(['delete marker', 'object']);
  const [moved] = place.s3.objects();
  expect(moved).toMatchObject({
    key: `${PREFIX}${BUNDLE}/superseded-1/files.tar`,
    encryption: { keyArn: KMS_KEY },
    lock: { retention: { mode: 'COMPLIANCE' }, legalHold: 'ON' },
  });
  await expect(deleteForGood(place, version)).rejects.toMatchObject({ name: 'AccessDenied' });
});

describe('the check', () => {
  it('leaves neither object nor upload, and takes away what a dead process left of its own', async () => {
    await using place = await s3Place();
    const dying = place.s3.faults.next({
      operation: 'AbortMultipartUpload',
      times: 9,
      fault: { kind: 'refuse', code: 'InternalError' },
    });
    await expect(place.store().check(never)).rejects.toMatchObject({ code: 'evidence-store' });
    expect(place.s3.uploads()).toHaveLength(1);
    dying.cancel();
    await place.store().check(never);
    expect(place.s3.uploads()).toEqual([]);
    expect(place.s3.objects()).toEqual([]);
  });

  it('leaves the uploads of captures alone', async () => {
    await using place = await s3Place();
    const writer = await place.store().create(BUNDLE, 'files.tar', never);
    await writer.write(Buffer.alloc(PART_BYTES));
    await place.store().check(never);
    expect(await writer.close()).toMatchObject({ bytes: PART_BYTES });
  });

  it.each([
    ['its versioning is off', { objectLock: { mode: 'GOVERNANCE', days: 1 } }, 'off'],
    ['Object Lock is off', { legalHold: true }, 'Enabled'],
  ] as const)('says that %s, before anything is captured', async (what, settings, versioning) => {
    await using place = await s3Place({ buckets: [{ name: 'evidence', versioning }] });
    await expect(place.store(settings).check(never)).rejects.toMatchObject({
      code: 'evidence-store',
      message: `The bucket evidence can't lock what Firebreak writes: ${what}.`,
      next: expect.stringContaining('Turn on versioning and Object Lock'),
    });
  });

  it('proves the key and the locks by the same headers as a write', async () => {
    await using place = await s3Place({ ...LOCKABLE, kmsKeys: [{ arn: KMS_KEY, state: 'Disabled' }] });
    const settings = { kmsKeyId: KMS_KEY, objectLock: { mode: 'GOVERNANCE', days: 1 } } as const;
    await expect(place.store(settings).check(never)).rejects.toMatchObject({
      message: expect.stringContaining('KMS.DisabledException'),
    });
    place.s3.accessKeys.setPolicy(place.s3.accessKey.accessKeyId, { deny: ['s3:PutObjectRetention'] });
    const { objectLock } = settings;
    await expect(place.store({ objectLock }).check(never)).rejects.toMatchObject({
      message: expect.stringContaining('lacks s3:PutObjectRetention'),
    });
  });
});
