import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import type { StandInS3 } from './stand-in-s3.ts';
import { awsCli } from './testing/aws-cli.ts';
import { bytesOf, sha256 } from './testing/bytes.ts';
import { isInstalled } from './testing/installed.ts';
import { type S3ForTest, s3ForTest } from './testing/s3-for-test.ts';

const MIB = 1024 ** 2;
const BUCKET = ['--bucket', 'locked'];

describe.skipIf(!isInstalled('aws'))('the AWS CLI (skipped where it is not installed)', () => {
  let held: S3ForTest;
  let s3: StandInS3;
  let lateMs = 0;
  beforeAll(async () => {
    held = await s3ForTest({
      clock: () => new Date(Date.now() + lateMs),
      buckets: [{ name: 'plain' }, { name: 'locked', objectLock: 'on' }],
    });
    s3 = held.s3;
  });
  afterAll(async () => {
    expect(s3.problems()).toEqual([]);
    await held[Symbol.asyncDispose]();
  });

  async function api<T>(schema: z.ZodType<T>, ...args: readonly string[]): Promise<T> {
    const { exitCode, stdout, stderr } = await awsCli(s3, ['--output', 'json', 's3api', ...args]);
    expect(stderr).toBe('');
    expect(exitCode).toBe(0);
    return schema.parse(stdout.trim() === '' ? {} : JSON.parse(stdout));
  }

  async function file(name: string, bytes: Buffer): Promise<string> {
    const path = join(held.folder, name);
    await writeFile(path, bytes);
    return path;
  }

  test('copies a file of 20 MiB up and down again, in parts', async () => {
    const bytes = bytesOf(20 * MIB);
    const path = await file('up', bytes);
    const url = 's3://plain/folder/a file.bin';
    expect((await awsCli(s3, ['s3', 'cp', path, url])).stderr).toBe('');
    const [object] = s3.objects('plain');
    expect(object).toMatchObject({ key: 'folder/a file.bin', size: 20 * MIB });
    expect(object?.parts).toHaveLength(3);
    const back = join(held.folder, 'down');
    expect((await awsCli(s3, ['s3', 'cp', url, back])).stderr).toBe('');
    expect(sha256(await readFile(back))).toBe(sha256(bytes));
    const listed = await awsCli(s3, ['s3', 'ls', '--recursive', 's3://plain/']);
    expect(listed.stdout).toMatch(/ 20971520 folder\/a file\.bin\n$/);
  });

  test('uploads by hand in parts, lists them and completes', async () => {
    const key = ['--key', 'by hand'];
    const { UploadId } = await api(
      z.object({ UploadId: z.string() }),
      'create-multipart-upload',
      ...BUCKET,
      ...key,
    );
    const id = ['--upload-id', UploadId];
    const first = await file('1', bytesOf(5 * MIB));
    const second = await file('2', bytesOf(10));
    await api(z.unknown(), 'upload-part', ...BUCKET, ...key, ...id, '--part-number', '1', '--body', first);
    await api(z.unknown(), 'upload-part', ...BUCKET, ...key, ...id, '--part-number', '2', '--body', second);
    const Part = z.object({ PartNumber: z.number(), ETag: z.string(), Size: z.number() });
    const { Parts } = await api(z.object({ Parts: z.array(Part) }), 'list-parts', ...BUCKET, ...key, ...id);
    expect(Parts.map(({ Size }) => Size)).toEqual([5 * MIB, 10]);
    const open = z.object({ Uploads: z.array(z.object({ Key: z.string(), UploadId: z.string() })) });
    expect(await api(open, 'list-multipart-uploads', ...BUCKET, '--prefix', 'by')).toMatchObject({
      Uploads: [{ Key: 'by hand', UploadId }],
    });
    const list = JSON.stringify({ Parts: Parts.map(({ PartNumber, ETag }) => ({ PartNumber, ETag })) });
    const complete = ['complete-multipart-upload', ...BUCKET, ...key, ...id, '--multipart-upload', list];
    const done = await api(
      z.object({ ETag: z.string(), VersionId: z.string() }),
      ...complete,
      '--if-none-match',
      '*',
    );
    expect(done.ETag).toMatch(/-2"$/);
    expect(s3.versions('by hand', 'locked')).toMatchObject([
      { versionId: done.VersionId, size: 5 * MIB + 10 },
    ]);
  });

  test('lists versions and delete markers', async () => {
    const key = ['--key', 'twice'];
    const body = await file('v', Buffer.from('first'));
    const put = z.object({ VersionId: z.string() });
    const one = await api(put, 'put-object', ...BUCKET, ...key, '--body', body);
    const two = await api(put, 'put-object', ...BUCKET, ...key, '--body', body);
    const marker = await api(put, 'delete-object', ...BUCKET, ...key);
    const Version = z.object({ VersionId: z.string(), IsLatest: z.boolean() });
    const listed = await api(
      z.object({ Versions: z.array(Version), DeleteMarkers: z.array(Version) }),
      'list-object-versions',
      ...BUCKET,
      '--prefix',
      'twice',
    );
    expect(listed).toEqual({
      Versions: [
        { VersionId: two.VersionId, IsLatest: false },
        { VersionId: one.VersionId, IsLatest: false },
      ],
      DeleteMarkers: [{ VersionId: marker.VersionId, IsLatest: true }],
    });
  });

  test('is refused a delete under legal hold and under retention, and may delete when both are gone', async () => {
    const key = ['--key', 'held'];
    const body = await file('h', Buffer.from('evidence'));
    const until = new Date(Date.now() + 86_400_000).toISOString();
    const lock = ['--object-lock-mode', 'GOVERNANCE', '--object-lock-retain-until-date', until];
    const { VersionId } = await api(
      z.object({ VersionId: z.string() }),
      'put-object',
      ...BUCKET,
      ...key,
      '--body',
      body,
      ...lock,
    );
    const version = ['--version-id', VersionId];
    await api(
      z.unknown(),
      'put-object-legal-hold',
      ...BUCKET,
      ...key,
      ...version,
      '--legal-hold',
      'Status=ON',
    );
    const remove = ['s3api', 'delete-object', ...BUCKET, ...key, ...version];
    const bypass = '--bypass-governance-retention';
    expect((await awsCli(s3, [...remove, bypass])).stderr).toContain(
      'An error occurred (AccessDenied) when calling the DeleteObject operation',
    );
    await api(
      z.unknown(),
      'put-object-legal-hold',
      ...BUCKET,
      ...key,
      ...version,
      '--legal-hold',
      'Status=OFF',
    );
    expect((await awsCli(s3, remove)).stderr).toContain('object protected by object lock');
    expect(s3.versions('held', 'locked')).toHaveLength(1);
    expect((await awsCli(s3, [...remove, bypass])).exitCode).toBe(0);
    expect(s3.versions('held', 'locked')).toHaveLength(0);
  });

  test('presigns a link that works until it has expired', async () => {
    await writeFile(join(held.folder, 'p'), 'for a link');
    await awsCli(s3, ['s3', 'cp', join(held.folder, 'p'), 's3://plain/link']);
    const signed = await awsCli(s3, ['s3', 'presign', 's3://plain/link', '--expires-in', '60']);
    const link = signed.stdout.trim();
    const got = await fetch(link);
    expect([got.status, await got.text()]).toEqual([200, 'for a link']);
    const other = await fetch(link.replace('/link', '/other'));
    expect([other.status, await other.text()]).toEqual([
      403,
      expect.stringContaining('SignatureDoesNotMatch'),
    ]);
    lateMs = 61_000;
    const late = await fetch(link);
    lateMs = 0;
    expect([late.status, await late.text()]).toEqual([403, expect.stringContaining('Request has expired')]);
  });

  test('creates a bucket with Object Lock and reads its settings back', async () => {
    const bucket = ['--bucket', 'made-by-cli'];
    await api(z.unknown(), 'create-bucket', ...bucket, '--object-lock-enabled-for-bucket');
    const rule = {
      ObjectLockEnabled: 'Enabled',
      Rule: { DefaultRetention: { Mode: 'COMPLIANCE', Days: 3 } },
    };
    const configuration = ['--object-lock-configuration', JSON.stringify(rule)];
    await api(z.unknown(), 'put-object-lock-configuration', ...bucket, ...configuration);
    expect(await api(z.unknown(), 'get-object-lock-configuration', ...bucket)).toEqual({
      ObjectLockConfiguration: rule,
    });
    expect(await api(z.unknown(), 'get-bucket-versioning', ...bucket)).toEqual({ Status: 'Enabled' });
    expect(await api(z.unknown(), 'get-bucket-location', ...bucket)).toEqual({ LocationConstraint: null });
    const body = await file('d', Buffer.from('kept'));
    await api(z.unknown(), 'put-object', ...bucket, '--key', 'kept', '--body', body);
    expect(await api(z.unknown(), 'get-object-retention', ...bucket, '--key', 'kept')).toMatchObject({
      Retention: { Mode: 'COMPLIANCE' },
    });
  });

  test('copies on the server, removes many at once, and reads attributes', async () => {
    const path = await file('c', bytesOf(20 * MIB, 7));
    await awsCli(s3, ['s3', 'cp', path, 's3://plain/from']);
    expect((await awsCli(s3, ['s3', 'cp', 's3://plain/from', 's3://plain/to'])).stderr).toBe('');
    expect(sha256(await s3.read('to', undefined, 'plain'))).toBe(sha256(await readFile(path)));
    const attributes = await api(
      z.object({ ObjectSize: z.number(), ObjectParts: z.object({ TotalPartsCount: z.number() }) }),
      'get-object-attributes',
      '--bucket',
      'plain',
      '--key',
      'to',
      '--object-attributes',
      'ObjectSize',
      'ObjectParts',
    );
    expect(attributes).toEqual({ ObjectSize: 20 * MIB, ObjectParts: { TotalPartsCount: 3 } });
    const objects = JSON.stringify({ Objects: [{ Key: 'from' }, { Key: 'to' }, { Key: 'never was' }] });
    const removed = await api(
      z.object({ Deleted: z.array(z.object({ Key: z.string() })) }),
      'delete-objects',
      '--bucket',
      'plain',
      '--delete',
      objects,
    );
    expect(removed.Deleted.map(({ Key }) => Key)).toEqual(['from', 'to', 'never was']);
  });
});
