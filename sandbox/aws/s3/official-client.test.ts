import { buffer } from 'node:stream/consumers';
import {
  type ChecksumAlgorithm,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  type S3Client,
} from '@aws-sdk/client-s3';
import { Upload } from '@aws-sdk/lib-storage';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { StandInS3 } from './stand-in-s3.ts';
import { bytesOf, sha256, streamOf } from './testing/bytes.ts';
import { type S3ForTest, s3ForTest } from './testing/s3-for-test.ts';

const MIB = 1024 ** 2;
let held: S3ForTest;
let s3: StandInS3;
let client: S3Client;
beforeAll(async () => {
  held = await s3ForTest({ buckets: [{ name: 'evidence', versioning: 'Enabled' }] });
  ({ s3, client } = held);
});
afterAll(async () => {
  expect(s3.problems()).toEqual([]);
  await held[Symbol.asyncDispose]();
});

async function download(Key: string): Promise<Buffer> {
  const got = await client.send(new GetObjectCommand({ Bucket: 'evidence', Key }));
  return Buffer.from((await got.Body?.transformToByteArray()) ?? []);
}

describe('what the official client puts comes back', () => {
  test.each([
    ['nothing', 0],
    ['one byte', 1],
    ['5 MiB', 5 * MIB],
  ])('%s', async (_name, length) => {
    const bytes = bytesOf(length);
    const Key = `put/${length} bytes?.bin`;
    const put = await client.send(
      new PutObjectCommand({ Bucket: 'evidence', Key, Body: bytes, Metadata: { case: 'FB-1' } }),
    );
    expect(sha256(await download(Key))).toBe(sha256(bytes));
    const head = await client.send(
      new HeadObjectCommand({ Bucket: 'evidence', Key, ChecksumMode: 'ENABLED' }),
    );
    expect(head).toMatchObject({
      ContentLength: length,
      ETag: put.ETag,
      VersionId: put.VersionId,
      Metadata: { case: 'FB-1' },
      ChecksumCRC32: put.ChecksumCRC32,
      ChecksumType: 'FULL_OBJECT',
      ServerSideEncryption: 'AES256',
    });
    expect(put.VersionId).toHaveLength(32);
    expect(put.ChecksumCRC32).toBeDefined();
  });
});

describe('lib-storage', () => {
  test.each<[ChecksumAlgorithm, RegExp]>([
    ['CRC32', /^.{8}-3$/],
    ['CRC32C', /^.{8}-3$/],
    ['SHA1', /^.{28}-3$/],
    ['SHA256', /^.{44}-3$/],
  ])('uploads 40 MiB of unknown length in parts with %s', async (ChecksumAlgorithm, composite) => {
    const bytes = bytesOf(40 * MIB);
    const Key = `stream/${ChecksumAlgorithm}`;
    const upload = new Upload({
      client,
      params: { Bucket: 'evidence', Key, Body: streamOf(bytes), ChecksumAlgorithm, IfNoneMatch: '*' },
      partSize: 16 * MIB,
      queueSize: 2,
    });
    const done = await upload.done();
    expect(Reflect.get(done, `Checksum${ChecksumAlgorithm}`)).toMatch(composite);
    expect(done.ETag).toMatch(/^"[0-9a-f]{32}-3"$/);
    expect(done.VersionId).toBe(s3.versions(Key)[0]?.versionId);
    expect(sha256(await buffer(s3.stream(Key)))).toBe(sha256(bytes));
    expect(sha256(await download(Key))).toBe(sha256(bytes));
    expect(s3.uploads()).toEqual([]);
  });
});

test('a listing has what was put, in order', async () => {
  const listed = await client.send(
    new ListObjectsV2Command({ Bucket: 'evidence', Prefix: 'put/', Delimiter: '/', MaxKeys: 2 }),
  );
  expect(listed.Contents?.map(({ Key }) => Key)).toEqual(['put/0 bytes?.bin', 'put/1 bytes?.bin']);
  expect(listed.IsTruncated).toBe(true);
  const rest = await client.send(
    new ListObjectsV2Command({
      Bucket: 'evidence',
      Prefix: 'put/',
      ContinuationToken: listed.NextContinuationToken,
    }),
  );
  expect(rest.Contents?.map(({ Key, Size }) => [Key, Size])).toEqual([['put/5242880 bytes?.bin', 5 * MIB]]);
});
