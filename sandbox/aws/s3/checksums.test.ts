import { createHash } from 'node:crypto';
import {
  ChecksumAlgorithm,
  GetObjectCommand,
  HeadObjectCommand,
  PutObjectCommand,
  type S3Client,
} from '@aws-sdk/client-s3';
import { Upload } from '@aws-sdk/lib-storage';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { newChecksum } from './body/checksum-algorithms.ts';
import type { StandInS3 } from './stand-in-s3.ts';
import { bytesOf, streamOf } from './testing/bytes.ts';
import { refusalOf } from './testing/refusal-of.ts';
import { type S3ForTest, s3ForTest } from './testing/s3-for-test.ts';

const Bucket = 'evidence';
const MIB = 1024 ** 2;
let held: S3ForTest;
let s3: StandInS3;
let client: S3Client;
beforeAll(async () => {
  held = await s3ForTest();
  ({ s3, client } = held);
});
afterAll(async () => {
  expect(s3.problems()).toEqual([]);
  await held[Symbol.asyncDispose]();
});

// The check values of the catalogue of parametrised CRC algorithms, over "123456789".
test.each([
  ['CRC32', 'cbf43926'],
  ['CRC32C', 'e3069283'],
  ['CRC64NVME', 'ae8b14860a799888'],
] as const)('%s is the published one, in pieces too', (algorithm, hex) => {
  const checksum = newChecksum(algorithm);
  for (const piece of ['1', '', '2345', '6789']) checksum.update(Buffer.from(piece));
  expect(Buffer.from(checksum.digest(), 'base64').toString('hex')).toBe(hex);
});

describe('a checksum that the client sends', () => {
  test.each(['CRC32', 'CRC32C', 'SHA1', 'SHA256'] as const)(
    'of %s is checked in the trailer of a stream and given back',
    async (algorithm) => {
      const Key = `trailer-${algorithm}`;
      const bytes = bytesOf(300_000);
      await client.send(
        new PutObjectCommand({
          Bucket,
          Key,
          Body: streamOf(bytes),
          ContentLength: bytes.length,
          ChecksumAlgorithm: ChecksumAlgorithm[algorithm],
        }),
      );
      const { headers } = s3.requests().at(-1) ?? {};
      expect(headers?.['x-amz-content-sha256']).toBe('STREAMING-UNSIGNED-PAYLOAD-TRAILER');
      expect(headers?.['x-amz-trailer']).toBe(`x-amz-checksum-${algorithm.toLowerCase()}`);
      const expected = newChecksum(algorithm);
      expected.update(bytes);
      const head = await client.send(new HeadObjectCommand({ Bucket, Key, ChecksumMode: 'ENABLED' }));
      expect(Reflect.get(head, `Checksum${algorithm}`)).toBe(expected.digest());
      expect(head.ContentEncoding).toBeUndefined();
      expect(await s3.read(Key)).toEqual(bytes);
    },
  );

  test.each([
    ['CRC32', 'AAAAAA=='],
    ['SHA256', createHash('sha256').update('other').digest('base64')],
    ['CRC64NVME', 'AAAAAAAAAAA='],
  ])('of %s is refused when it is of other bytes, and nothing is kept', async (algorithm, value) => {
    const put = new PutObjectCommand({ Bucket, Key: 'wrong', Body: 'x', [`Checksum${algorithm}`]: value });
    expect(await refusalOf(client.send(put))).toMatchObject({ code: 'BadDigest', status: 400 });
    expect(s3.objects().some(({ key }) => key === 'wrong')).toBe(false);
  });

  test('is refused when it is no checksum at all', async () => {
    const put = new PutObjectCommand({ Bucket, Key: 'wrong', Body: 'x', ChecksumSHA256: 'short' });
    expect(await refusalOf(client.send(put))).toMatchObject({ code: 'InvalidRequest' });
  });

  test.each([
    [createHash('md5').update('other').digest('base64'), 'BadDigest'],
    ['not base64 of 16 bytes', 'InvalidDigest'],
  ])('as Content-MD5 %s is refused', async (ContentMD5, code) => {
    const put = new PutObjectCommand({ Bucket, Key: 'wrong', Body: 'x', ContentMD5 });
    expect(await refusalOf(client.send(put))).toMatchObject({ code, status: 400 });
  });
});

test('without any, S3 makes a CRC64NVME', async () => {
  const plain = held.clientOf(s3.accessKey, { requestChecksumCalculation: 'WHEN_REQUIRED' });
  const put = await plain.send(new PutObjectCommand({ Bucket, Key: 'none', Body: '123456789' }));
  expect(put.ChecksumCRC64NVME).toBe(Buffer.from('ae8b14860a799888', 'hex').toString('base64'));
});

test('is given back with a whole object only when asked for, and never with a range', async () => {
  await client.send(new PutObjectCommand({ Bucket, Key: 'mode', Body: 'bytes' }));
  const get = async (more: object) => {
    const got = await client.send(new GetObjectCommand({ Bucket, Key: 'mode', ...more }));
    await got.Body?.transformToByteArray();
    return got.ChecksumCRC32;
  };
  const head = await client.send(new HeadObjectCommand({ Bucket, Key: 'mode' }));
  expect(head.ChecksumCRC32).toBeUndefined();
  expect(await get({ ChecksumMode: 'ENABLED' })).toBeDefined();
  expect(await get({ ChecksumMode: 'ENABLED', Range: 'bytes=0-1' })).toBeUndefined();
});

test('a multipart upload can have the checksum of the full object', async () => {
  const bytes = bytesOf(6 * MIB);
  const upload = new Upload({
    client,
    partSize: 5 * MIB,
    params: {
      Bucket,
      Key: 'full',
      Body: streamOf(bytes),
      ChecksumAlgorithm: 'CRC32',
      ChecksumType: 'FULL_OBJECT',
    },
  });
  await upload.done();
  const whole = newChecksum('CRC32');
  whole.update(bytes);
  const head = await client.send(new HeadObjectCommand({ Bucket, Key: 'full', ChecksumMode: 'ENABLED' }));
  expect([head.ChecksumCRC32, head.ChecksumType]).toEqual([whole.digest(), 'FULL_OBJECT']);
});

test('a composite checksum is one over the checksums of the parts', async () => {
  const bytes = bytesOf(6 * MIB);
  const upload = new Upload({
    client,
    partSize: 5 * MIB,
    params: { Bucket, Key: 'composite', Body: streamOf(bytes), ChecksumAlgorithm: 'SHA256' },
  });
  const done = await upload.done();
  const hash = (data: Uint8Array) => createHash('sha256').update(data).digest();
  const parts = [bytes.subarray(0, 5 * MIB), bytes.subarray(5 * MIB)].map(hash);
  expect(done.ChecksumSHA256).toBe(`${hash(Buffer.concat(parts)).toString('base64')}-2`);
});
