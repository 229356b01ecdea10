import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  PutObjectCommand,
  type S3Client,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { StandInS3 } from './stand-in-s3.ts';
import { refusalOf } from './testing/refusal-of.ts';
import { type S3ForTest, s3ForTest } from './testing/s3-for-test.ts';

const Bucket = 'evidence';
const FAILED = { code: 'PreconditionFailed', status: 412 };
let held: S3ForTest;
let s3: StandInS3;
let client: S3Client;
beforeAll(async () => {
  held = await s3ForTest({ buckets: [{ name: Bucket, versioning: 'Enabled' }] });
  ({ s3, client } = held);
});
afterAll(async () => {
  expect(s3.problems()).toEqual([]);
  await held[Symbol.asyncDispose]();
});

function putOnce(Key: string, Body = 'x') {
  return client.send(new PutObjectCommand({ Bucket, Key, Body, IfNoneMatch: '*' }));
}

async function uploaded(Key: string) {
  const { UploadId } = await client.send(new CreateMultipartUploadCommand({ Bucket, Key }));
  const part = await client.send(
    new UploadPartCommand({ Bucket, Key, UploadId, PartNumber: 1, Body: 'part' }),
  );
  const Parts = [{ PartNumber: 1, ETag: part.ETag, ChecksumCRC32: part.ChecksumCRC32 }];
  const complete = () =>
    client.send(
      new CompleteMultipartUploadCommand({
        Bucket,
        Key,
        UploadId,
        MultipartUpload: { Parts },
        IfNoneMatch: '*',
      }),
    );
  return { UploadId, complete };
}

describe('If-None-Match: *', () => {
  test('lets the first write through and no other', async () => {
    await putOnce('once', 'first');
    expect(await refusalOf(putOnce('once', 'second'))).toMatchObject(FAILED);
    expect((await s3.read('once')).toString()).toBe('first');
    expect(s3.versions('once')).toHaveLength(1);
  });

  test('lets one of two writes at the same time through', async () => {
    const fault = s3.faults.next({
      operation: 'PutObject',
      key: 'race',
      fault: { kind: 'hold in the body', afterBytes: 1 },
    });
    const slow = refusalOf(putOnce('race', 'slow'));
    await fault.reached;
    await putOnce('race', 'fast');
    fault.release();
    expect(await slow).toMatchObject(FAILED);
    expect((await s3.read('race')).toString()).toBe('fast');
  });

  test('succeeds over a delete marker', async () => {
    await putOnce('deleted');
    await client.send(new DeleteObjectCommand({ Bucket, Key: 'deleted' }));
    await putOnce('deleted', 'again');
    expect(s3.versions('deleted').map(({ kind }) => kind)).toEqual(['object', 'delete marker', 'object']);
  });

  test('refuses a completion over an object, and the upload stays to be aborted', async () => {
    const { UploadId, complete } = await uploaded('taken');
    await putOnce('taken', 'other');
    expect(await refusalOf(complete())).toMatchObject(FAILED);
    expect(s3.uploads().map(({ uploadId }) => uploadId)).toEqual([UploadId]);
    await client.send(new AbortMultipartUploadCommand({ Bucket, Key: 'taken', UploadId }));
    expect(s3.uploads()).toEqual([]);
    expect((await s3.read('taken')).toString()).toBe('other');
  });

  test('answers a conflict on demand, and the next try succeeds', async () => {
    s3.faults.next({
      operation: ['PutObject', 'CompleteMultipartUpload'],
      key: 'conflict',
      fault: { kind: 'refuse', code: 'ConditionalRequestConflict' },
    });
    expect(await refusalOf(putOnce('conflict'))).toMatchObject({
      code: 'ConditionalRequestConflict',
      status: 409,
    });
    await putOnce('conflict');
  });

  test('a completed upload is not there to be completed again', async () => {
    const { complete } = await uploaded('twice');
    await complete();
    expect(await refusalOf(complete())).toMatchObject({ code: 'NoSuchUpload', status: 404 });
  });
});

test('If-Match lets a write through only over what was read', async () => {
  const first = await putOnce('match');
  const over = (IfMatch: string | undefined) =>
    client.send(new PutObjectCommand({ Bucket, Key: 'match', Body: 'y', IfMatch }));
  expect(await refusalOf(over('"0123"'))).toMatchObject(FAILED);
  await over(first.ETag);
  expect((await s3.read('match')).toString()).toBe('y');
});
