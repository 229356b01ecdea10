import { readdir } from 'node:fs/promises';
import {
  AbortMultipartUploadCommand,
  type CompletedPart,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  GetObjectCommand,
  ListMultipartUploadsCommand,
  ListPartsCommand,
  PutObjectCommand,
  type S3Client,
  UploadPartCommand,
  UploadPartCopyCommand,
} from '@aws-sdk/client-s3';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { StandInS3 } from './stand-in-s3.ts';
import { bytesOf } from './testing/bytes.ts';
import { refusalOf } from './testing/refusal-of.ts';
import { type S3ForTest, s3ForTest } from './testing/s3-for-test.ts';

const Bucket = 'evidence';
let held: S3ForTest;
let s3: StandInS3;
let client: S3Client;
beforeAll(async () => {
  held = await s3ForTest({ minPartBytes: 100 });
  ({ s3, client } = held);
});
afterAll(async () => {
  expect(s3.problems()).toEqual([]);
  await held[Symbol.asyncDispose]();
});

let UploadId = '';
let count = 0;
let Key = '';
beforeEach(async () => {
  Key = `upload-${++count}`;
  const create = new CreateMultipartUploadCommand({ Bucket, Key, ChecksumAlgorithm: 'CRC32' });
  UploadId = (await client.send(create)).UploadId ?? '';
});

async function part(PartNumber: number, bytes: Buffer): Promise<CompletedPart> {
  const done = await client.send(new UploadPartCommand({ Bucket, Key, UploadId, PartNumber, Body: bytes }));
  return { PartNumber, ETag: done.ETag, ChecksumCRC32: done.ChecksumCRC32 };
}

function complete(Parts: CompletedPart[], more = {}) {
  return client.send(
    new CompleteMultipartUploadCommand({ Bucket, Key, UploadId, MultipartUpload: { Parts }, ...more }),
  );
}

test('puts parts together in the order of their numbers, whenever they came', async () => {
  const [a, b, c] = [bytesOf(150, 1), bytesOf(100, 2), bytesOf(7, 3)];
  const third = await part(30, c);
  const first = await part(1, a);
  const second = await part(2, b);
  await complete([first, second, third], { MpuObjectSize: 257 });
  const whole = Buffer.concat([a, b, c]);
  expect(await s3.read(Key)).toEqual(whole);
  const range = await client.send(new GetObjectCommand({ Bucket, Key, Range: 'bytes=140-253' }));
  expect(Buffer.from((await range.Body?.transformToByteArray()) ?? [])).toEqual(whole.subarray(140, 254));
  expect(range.ContentRange).toBe('bytes 140-253/257');
  const last = await client.send(new GetObjectCommand({ Bucket, Key, PartNumber: 3 }));
  expect(Buffer.from((await last.Body?.transformToByteArray()) ?? [])).toEqual(c);
  expect(last.PartsCount).toBe(3);
});

test('takes the newest of two parts with one number, and keeps nothing of the other or of parts not listed', async () => {
  const old = await part(1, bytesOf(120, 1));
  const before = (await readdir(held.folder)).length;
  const newest = await part(1, bytesOf(130, 2));
  expect((await readdir(held.folder)).length).toBe(before);
  await part(2, bytesOf(10));
  expect(await refusalOf(complete([old]))).toMatchObject({ code: 'InvalidPart', status: 400 });
  await complete([newest]);
  expect(await s3.read(Key)).toEqual(bytesOf(130, 2));
  expect((await readdir(held.folder)).length).toBe(before);
});

describe('a completion is refused', () => {
  test('when parts are out of order', async () => {
    const first = await part(1, bytesOf(100));
    const second = await part(2, bytesOf(100));
    expect(await refusalOf(complete([second, first]))).toMatchObject({
      code: 'InvalidPartOrder',
      status: 400,
    });
    expect(await refusalOf(complete([first, first]))).toMatchObject({ code: 'InvalidPartOrder' });
  });

  test('when a part but the last is too small', async () => {
    const parts = [await part(1, bytesOf(99)), await part(2, bytesOf(1))];
    expect(await refusalOf(complete(parts))).toMatchObject({ code: 'EntityTooSmall', status: 400 });
  });

  test('when a part was never uploaded or has another checksum', async () => {
    const first = await part(1, bytesOf(100));
    expect(
      await refusalOf(
        complete([first, { PartNumber: 2, ETag: first.ETag, ChecksumCRC32: first.ChecksumCRC32 }]),
      ),
    ).toMatchObject({ code: 'InvalidPart' });
    expect(await refusalOf(complete([{ ...first, ChecksumCRC32: 'AAAAAA==' }]))).toMatchObject({
      code: 'InvalidPart',
    });
  });

  test('when a part has another ETag', async () => {
    const first = await part(1, bytesOf(100));
    const wrong = { ...first, ETag: `"${'0'.repeat(32)}"` };
    expect(await refusalOf(complete([wrong]))).toMatchObject({ code: 'InvalidPart' });
  });

  test('when the size is not what the client counted', async () => {
    const first = await part(1, bytesOf(100));
    expect(await refusalOf(complete([first], { MpuObjectSize: 101 }))).toMatchObject({
      code: 'InvalidRequest',
    });
    await complete([first], { MpuObjectSize: 100 });
  });

  test('when no part is listed', async () => {
    expect(await refusalOf(complete([]))).toMatchObject({ code: 'MalformedXML' });
  });

  test('when the upload was created with a checksum and the parts are listed without', async () => {
    const { PartNumber, ETag } = await part(1, bytesOf(100));
    expect(await refusalOf(complete([{ PartNumber, ETag }]))).toMatchObject({
      code: 'InvalidRequest',
      message: expect.stringContaining('It was missing for part 1'),
    });
  });
});

test('an aborted upload is gone with its parts', async () => {
  const before = (await readdir(held.folder)).length;
  const first = await part(1, bytesOf(100));
  await client.send(new AbortMultipartUploadCommand({ Bucket, Key, UploadId }));
  expect((await readdir(held.folder)).length).toBe(before);
  expect(await refusalOf(complete([first]))).toMatchObject({ code: 'NoSuchUpload', status: 404 });
  expect(await refusalOf(part(2, bytesOf(1)))).toMatchObject({ code: 'NoSuchUpload' });
  const again = new AbortMultipartUploadCommand({ Bucket, Key, UploadId });
  expect(await refusalOf(client.send(again))).toMatchObject({ code: 'NoSuchUpload' });
});

test('a part number beyond 10,000 is refused', async () => {
  expect(await refusalOf(part(10_001, bytesOf(1)))).toMatchObject({ code: 'InvalidArgument', status: 400 });
  expect(await refusalOf(part(0, bytesOf(1)))).toMatchObject({ code: 'InvalidArgument' });
});

test('parts and uploads are listed in pages', async () => {
  for (const number of [1, 2, 3]) await part(number, bytesOf(100, number));
  const parts = (PartNumberMarker?: string) =>
    client.send(new ListPartsCommand({ Bucket, Key, UploadId, MaxParts: 2, PartNumberMarker }));
  const first = await parts();
  expect([first.IsTruncated, first.Parts?.map(({ PartNumber }) => PartNumber)]).toEqual([true, [1, 2]]);
  const second = await parts(first.NextPartNumberMarker);
  expect([second.IsTruncated, second.Parts?.map(({ PartNumber }) => PartNumber)]).toEqual([false, [3]]);

  const created: string[] = [];
  for (const name of ['p/a', 'p/a', 'p/b', 'q/c'])
    created.push((await client.send(new CreateMultipartUploadCommand({ Bucket, Key: name }))).UploadId ?? '');
  const uploads = (KeyMarker?: string, UploadIdMarker?: string) =>
    client.send(
      new ListMultipartUploadsCommand({ Bucket, Prefix: 'p/', MaxUploads: 1, KeyMarker, UploadIdMarker }),
    );
  const seen: (string | undefined)[] = [];
  let page = await uploads();
  seen.push(...(page.Uploads ?? []).map((one) => one.UploadId));
  while (page.IsTruncated === true) {
    page = await uploads(page.NextKeyMarker, page.NextUploadIdMarker);
    seen.push(...(page.Uploads ?? []).map((one) => one.UploadId));
  }
  expect(new Set(seen)).toEqual(new Set(created.slice(0, 3)));
  expect(seen).toHaveLength(3);
});

test('a part can be copied from an object', async () => {
  await client.send(new PutObjectCommand({ Bucket, Key: 'source', Body: bytesOf(300) }));
  const copied = await client.send(
    new UploadPartCopyCommand({
      Bucket,
      Key,
      UploadId,
      PartNumber: 1,
      CopySource: `${Bucket}/source`,
      CopySourceRange: 'bytes=10-159',
    }),
  );
  const { ETag, ChecksumCRC32 } = copied.CopyPartResult ?? {};
  await complete([{ PartNumber: 1, ETag, ChecksumCRC32 }]);
  expect(await s3.read(Key)).toEqual(bytesOf(300).subarray(10, 160));
});
