import { readdir } from 'node:fs/promises';
import {
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  PutObjectCommand,
  type S3Client,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { Upload } from '@aws-sdk/lib-storage';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { StandInS3 } from './stand-in-s3.ts';
import { bytesOf, streamOf } from './testing/bytes.ts';
import { refusalOf } from './testing/refusal-of.ts';
import { type S3ForTest, s3ForTest } from './testing/s3-for-test.ts';

const Bucket = 'evidence';
const MIB = 1024 ** 2;
let held: S3ForTest;
let s3: StandInS3;
let client: S3Client;
let patient: S3Client;
beforeAll(async () => {
  held = await s3ForTest();
  ({ s3, client } = held);
  patient = held.clientOf(s3.accessKey, { maxAttempts: 3 });
});
afterEach(() => {
  s3.faults.clear();
  s3.setCapacity(undefined);
});
afterAll(async () => {
  expect(s3.problems()).toEqual([]);
  await held[Symbol.asyncDispose]();
});

function put(Key: string, bytes: Buffer<ArrayBuffer> = Buffer.from('x'), by = client, signal?: AbortSignal) {
  return by.send(
    new PutObjectCommand({ Bucket, Key, Body: bytes }),
    signal === undefined ? {} : { abortSignal: signal },
  );
}

function upload(Key: string, by: S3Client) {
  return new Upload({
    client: by,
    partSize: 5 * MIB,
    queueSize: 1,
    params: { Bucket, Key, Body: streamOf(bytesOf(12 * MIB)), IfNoneMatch: '*' },
  });
}

function attempts(operation: string, key: string) {
  return s3
    .requests()
    .filter((one) => one.operation === operation && one.key === key)
    .map(({ outcome }) => outcome);
}

describe('an answer on demand', () => {
  test('is given as often as ordered, and the client that tries again gets through', async () => {
    const fault = s3.faults.next({
      operation: 'UploadPart',
      partNumber: 2,
      times: 2,
      fault: { kind: 'refuse', code: 'ServiceUnavailable' },
    });
    await upload('slow', patient).done();
    expect(fault.hits()).toBe(2);
    expect(attempts('UploadPart', 'slow')).toEqual([200, 503, 503, 200, 200]);
    expect(await s3.read('slow')).toEqual(bytesOf(12 * MIB));
  });

  test('hits the nth request alone', async () => {
    s3.faults.next({
      operation: 'PutObject',
      key: /^nth/,
      nth: 2,
      fault: { kind: 'refuse', code: 'InternalError' },
    });
    await put('nth-1');
    expect(await refusalOf(put('nth-2'))).toMatchObject({ code: 'InternalError', status: 500 });
    await put('nth-2');
  });

  test('may come in a 200, as S3 does once a completion has begun', async () => {
    s3.faults.next({
      operation: 'CompleteMultipartUpload',
      fault: { kind: 'refuse in a 200', code: 'InternalError' },
    });
    expect(await refusalOf(upload('late', client).done())).toMatchObject({ code: 'InternalError' });
    expect(s3.objects().some(({ key }) => key === 'late')).toBe(false);
  });
});

describe('a connection is cut', () => {
  test('in a part, which is not kept', async () => {
    const { UploadId } = await client.send(new CreateMultipartUploadCommand({ Bucket, Key: 'cut' }));
    const files = (await readdir(held.folder)).length;
    const fault = s3.faults.next({ operation: 'UploadPart', fault: { kind: 'cut body', afterBytes: MIB } });
    const part = new UploadPartCommand({
      Bucket,
      Key: 'cut',
      UploadId,
      PartNumber: 1,
      Body: bytesOf(5 * MIB),
    });
    await expect(client.send(part)).rejects.toMatchObject({
      name: expect.stringMatching(/Error|ECONN|EPIPE/),
    });
    expect(fault.hits()).toBe(1);
    expect(s3.requests().at(-1)?.outcome).toBe('cut');
    expect(s3.uploads().find(({ key }) => key === 'cut')?.parts.size).toBe(0);
    expect((await readdir(held.folder)).length).toBe(files);
  });

  test('after a completion was carried out, whose answer is lost', async () => {
    s3.faults.next({ operation: 'CompleteMultipartUpload', fault: { kind: 'lose answer' } });
    await expect(upload('lost', client).done()).rejects.toThrow();
    expect(await s3.read('lost')).toEqual(bytesOf(12 * MIB));
    expect(attempts('CompleteMultipartUpload', 'lost')).toEqual(['cut']);
  });

  test('and a client that tries the completion again is told that the upload is gone', async () => {
    s3.faults.next({ operation: 'CompleteMultipartUpload', fault: { kind: 'lose answer' } });
    expect(await refusalOf(upload('lost-again', patient).done())).toMatchObject({ code: 'NoSuchUpload' });
    expect(s3.objects().some(({ key }) => key === 'lost-again')).toBe(true);
  });

  test('in an answer', async () => {
    await put('half', bytesOf(MIB));
    s3.faults.next({ operation: 'GetObject', fault: { kind: 'cut answer', afterBytes: 100_000 } });
    const read = async (): Promise<unknown> => {
      const got = await client.send(new GetObjectCommand({ Bucket, Key: 'half' }));
      return got.Body?.transformToByteArray();
    };
    // The end of the connection may be read before the head of the answer is.
    await expect(read()).rejects.toThrow(/aborted|ECONNRESET/);
  });
});

describe('a request is held', () => {
  test('before it is carried out, until it is let go', async () => {
    const fault = s3.faults.next({ operation: 'PutObject', fault: { kind: 'hold before' } });
    const writing = put('before');
    await fault.reached;
    expect(s3.requests().at(-1)).toMatchObject({ key: 'before', outcome: 'open' });
    expect(s3.objects().some(({ key }) => key === 'before')).toBe(false);
    fault.release();
    await writing;
    expect((await s3.read('before')).toString()).toBe('x');
  });

  test('and forgotten when its client goes away', async () => {
    await put('stays');
    const fault = s3.faults.next({ operation: 'DeleteObject', fault: { kind: 'hold before' } });
    const leaving = new AbortController();
    const deleting = client.send(new DeleteObjectCommand({ Bucket, Key: 'stays' }), {
      abortSignal: leaving.signal,
    });
    await fault.reached;
    leaving.abort();
    await expect(deleting).rejects.toThrow('abort');
    await expect.poll(() => s3.requests().at(-1)?.outcome).toBe('cut');
    fault.release();
    expect((await s3.read('stays')).toString()).toBe('x');
  });

  test('in the body of a part, and forgotten when its client goes away', async () => {
    const { UploadId } = await client.send(new CreateMultipartUploadCommand({ Bucket, Key: 'in-part' }));
    const fault = s3.faults.next({
      operation: 'UploadPart',
      fault: { kind: 'hold in the body', afterBytes: MIB },
    });
    const leaving = new AbortController();
    const part = new UploadPartCommand({
      Bucket,
      Key: 'in-part',
      UploadId,
      PartNumber: 1,
      Body: bytesOf(5 * MIB),
    });
    const writing = client.send(part, { abortSignal: leaving.signal });
    await fault.reached;
    leaving.abort();
    await expect(writing).rejects.toThrow('abort');
    await expect.poll(() => s3.requests().at(-1)?.outcome).toBe('cut');
    expect(s3.uploads().find(({ key }) => key === 'in-part')?.parts.size).toBe(0);
  });

  test('after it was carried out', async () => {
    const fault = s3.faults.next({ operation: 'PutObject', fault: { kind: 'hold answer' } });
    const writing = put('after');
    await fault.reached;
    expect((await s3.read('after')).toString()).toBe('x');
    fault.release();
    await writing;
  });
});

describe('a store', () => {
  test('that is full takes what fits and refuses the rest, before it is sent', async () => {
    const used = s3.objects().reduce((sum, { size }) => sum + size, 0);
    s3.setCapacity(used + MIB);
    await put('fits', bytesOf(MIB / 2));
    expect(await refusalOf(put('too-much', bytesOf(MIB)))).toMatchObject({
      code: 'XMinioStorageFull',
      status: 507,
    });
    expect(await refusalOf(upload('parts', client).done())).toMatchObject({ code: 'XMinioStorageFull' });
  });

  test('whose bucket is gone says so', async () => {
    s3.addBucket({ name: 'passing' });
    s3.dropBucket('passing');
    const writing = client.send(new PutObjectCommand({ Bucket: 'passing', Key: 'k', Body: 'x' }));
    expect(await refusalOf(writing)).toMatchObject({ code: 'NoSuchBucket', status: 404 });
  });
});

test('a client that dies in a body leaves nothing behind', async () => {
  const files = (await readdir(held.folder)).length;
  const fault = s3.faults.next({
    operation: 'PutObject',
    fault: { kind: 'hold in the body', afterBytes: 1 },
  });
  const leaving = new AbortController();
  const writing = put('dead', bytesOf(5 * MIB), client, leaving.signal);
  await fault.reached;
  leaving.abort();
  await expect(writing).rejects.toThrow();
  await expect.poll(async () => (await readdir(held.folder)).length).toBe(files);
});
