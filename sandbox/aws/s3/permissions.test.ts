import {
  DeleteObjectCommand,
  GetObjectCommand,
  HeadObjectCommand,
  PutObjectCommand,
  type PutObjectCommandInput,
  type S3Client,
} from '@aws-sdk/client-s3';
import { Upload } from '@aws-sdk/lib-storage';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { StandInS3 } from './stand-in-s3.ts';
import { bytesOf, streamOf } from './testing/bytes.ts';
import { refusalOf } from './testing/refusal-of.ts';
import { type S3ForTest, s3ForTest } from './testing/s3-for-test.ts';

const Bucket = 'evidence';
const KEY_ARN = 'arn:aws:kms:us-east-1:123456789012:key/11111111-2222-3333-4444-555555555555';
const OFF_ARN = 'arn:aws:kms:us-east-1:123456789012:key/off';
let held: S3ForTest;
let s3: StandInS3;
let client: S3Client;
beforeAll(async () => {
  held = await s3ForTest({ kmsKeys: [{ arn: KEY_ARN }, { arn: OFF_ARN, state: 'Disabled' }] });
  ({ s3, client } = held);
});
beforeEach(() => {
  s3.accessKeys.setPolicy(s3.accessKey.accessKeyId, {});
});
afterAll(async () => {
  expect(s3.problems()).toEqual([]);
  await held[Symbol.asyncDispose]();
});

const policy = (change: Parameters<StandInS3['accessKeys']['setPolicy']>[1]) =>
  s3.accessKeys.setPolicy(s3.accessKey.accessKeyId, change);

function put(Key: string, more: Partial<PutObjectCommandInput> = {}) {
  return client.send(new PutObjectCommand({ Bucket, Key, Body: 'x', ...more }));
}

describe('a key', () => {
  test('that may not write is told which permission it lacks', async () => {
    policy({ deny: ['s3:PutObject'] });
    const denied = {
      code: 'AccessDenied',
      status: 403,
      message: expect.stringMatching(
        /is not authorized to perform: s3:PutObject on resource: "arn:aws:s3:::evidence\/k"/,
      ),
    };
    expect(await refusalOf(put('k'))).toEqual(denied);
    const upload = new Upload({
      client,
      params: { Bucket, Key: 'k', Body: streamOf(bytesOf(6 * 1024 ** 2)) },
    });
    expect(await refusalOf(upload.done())).toEqual(denied);
    expect(s3.objects()).toEqual([]);
  });

  test('that may only write may not delete or read', async () => {
    policy({ allow: ['s3:PutObject'] });
    await put('w');
    expect(await refusalOf(client.send(new DeleteObjectCommand({ Bucket, Key: 'w' })))).toMatchObject({
      code: 'AccessDenied',
    });
    expect(await refusalOf(client.send(new GetObjectCommand({ Bucket, Key: 'w' })))).toMatchObject({
      code: 'AccessDenied',
    });
  });

  test('that may not list is not told that an object is missing', async () => {
    const head = () => client.send(new HeadObjectCommand({ Bucket, Key: 'never was' }));
    expect(await refusalOf(head())).toMatchObject({ status: 404 });
    policy({ deny: ['s3:ListBucket'] });
    expect(await refusalOf(head())).toMatchObject({ status: 403 });
  });
});

describe('encryption with KMS', () => {
  const kms = (SSEKMSKeyId: string) => ({ ServerSideEncryption: 'aws:kms', SSEKMSKeyId }) as const;

  test('is recorded, given back with the whole ARN, and the ETag is no MD5', async () => {
    const done = await put('kms', kms('11111111-2222-3333-4444-555555555555'));
    expect(done).toMatchObject({ ServerSideEncryption: 'aws:kms', SSEKMSKeyId: KEY_ARN });
    const plain = await put('plain');
    expect(done.ETag).not.toBe(plain.ETag);
    const head = await client.send(new HeadObjectCommand({ Bucket, Key: 'kms' }));
    expect(head).toMatchObject({ ServerSideEncryption: 'aws:kms', SSEKMSKeyId: KEY_ARN });
  });

  test('is refused for a key that is not there, or disabled', async () => {
    expect(await refusalOf(put('no', kms('arn:aws:kms:us-east-1:123456789012:key/none')))).toMatchObject({
      code: 'KMS.NotFoundException',
      status: 400,
    });
    expect(await refusalOf(put('no', kms(OFF_ARN)))).toMatchObject({
      code: 'KMS.DisabledException',
      status: 400,
    });
    expect(s3.objects().some(({ key }) => key === 'no')).toBe(false);
  });

  test('needs GenerateDataKey to write, and Decrypt to read and for parts', async () => {
    await put('readable', kms(KEY_ARN));
    policy({ deny: ['kms:Decrypt'] });
    const decrypt = { code: 'AccessDenied', message: expect.stringContaining('kms:Decrypt') };
    expect(await refusalOf(client.send(new GetObjectCommand({ Bucket, Key: 'readable' })))).toMatchObject(
      decrypt,
    );
    const params = { Bucket, Key: 'parts', Body: streamOf(bytesOf(6 * 1024 ** 2)), ...kms(KEY_ARN) };
    expect(await refusalOf(new Upload({ client, params }).done())).toMatchObject(decrypt);
    policy({ deny: ['kms:GenerateDataKey'] });
    expect(await refusalOf(put('w', kms(KEY_ARN)))).toMatchObject({
      code: 'AccessDenied',
      message: expect.stringContaining('kms:GenerateDataKey'),
    });
  });

  test('holds for a multipart upload', async () => {
    const params = { Bucket, Key: 'kms-parts', Body: streamOf(bytesOf(6 * 1024 ** 2)), ...kms(KEY_ARN) };
    const done = await new Upload({ client, params }).done();
    expect(done).toMatchObject({ ServerSideEncryption: 'aws:kms', SSEKMSKeyId: KEY_ARN });
    expect(await s3.read('kms-parts')).toEqual(bytesOf(6 * 1024 ** 2));
  });
});
