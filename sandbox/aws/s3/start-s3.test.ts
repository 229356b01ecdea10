import { Agent } from 'node:https';
import { Readable } from 'node:stream';
import {
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  PutObjectTaggingCommand,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import { describe, expect, test } from 'vitest';
import { createCertificateAuthority } from '../../cluster/tls/certificate-authority.ts';
import { refusalOf } from './testing/refusal-of.ts';
import { s3ForTest } from './testing/s3-for-test.ts';

const Bucket = 'evidence';

describe('the stand-in', () => {
  test('speaks HTTPS with the certificate that it is given', async () => {
    const authority = createCertificateAuthority('S3');
    const { certPem, keyPem } = authority.issueServer(['127.0.0.1'], []);
    await using held = await s3ForTest({ tls: { key: keyPem, cert: certPem } });
    expect(held.s3.endpoint.protocol).toBe('https:');
    const list = new ListObjectsV2Command({ Bucket });
    const trusting = held.clientOf(held.s3.accessKey, {
      requestHandler: new NodeHttpHandler({ httpsAgent: new Agent({ ca: authority.caPem }) }),
    });
    expect((await trusting.send(list)).KeyCount).toBe(0);
    await expect(held.client.send(list)).rejects.toThrow(/certificate/);
  });

  test('remembers a completed upload where it is asked to, and makes no second version', async () => {
    await using held = await s3ForTest({
      completedUploads: 'remembered',
      buckets: [{ name: Bucket, versioning: 'Enabled' }],
    });
    const { client, s3 } = held;
    const { UploadId } = await client.send(new CreateMultipartUploadCommand({ Bucket, Key: 'k' }));
    const part = new UploadPartCommand({ Bucket, Key: 'k', UploadId, PartNumber: 1, Body: 'x' });
    const { ETag } = await client.send(part);
    const complete = () =>
      client.send(
        new CompleteMultipartUploadCommand({
          Bucket,
          Key: 'k',
          UploadId,
          MultipartUpload: { Parts: [{ PartNumber: 1, ETag }] },
          IfNoneMatch: '*',
        }),
      );
    const first = await complete();
    expect(await complete()).toMatchObject({ ETag: first.ETag, VersionId: first.VersionId });
    expect(s3.versions('k')).toHaveLength(1);
  });

  test('does not do the plain operation where another was asked for', async () => {
    await using held = await s3ForTest();
    const { client, s3 } = held;
    const tagging = new PutObjectTaggingCommand({
      Bucket,
      Key: 'k',
      Tagging: { TagSet: [{ Key: 'a', Value: 'b' }] },
    });
    expect(await refusalOf(client.send(tagging))).toMatchObject({ code: 'NotImplemented', status: 501 });
    expect(s3.requests()).toMatchObject([{ operation: undefined, outcome: 501, error: 'NotImplemented' }]);
    expect(s3.objects()).toEqual([]);
  });

  test('ends while a client is in the middle of a body, and its port is free again', async () => {
    await using held = await s3ForTest();
    const { client, s3 } = held;
    const fault = s3.faults.next({
      operation: 'PutObject',
      fault: { kind: 'hold in the body', afterBytes: 1 },
    });
    const Body = new Readable({ read: () => undefined });
    Body.push('x');
    const writing = client.send(new PutObjectCommand({ Bucket, Key: 'k', Body, ContentLength: 100 }));
    writing.catch(() => undefined);
    await fault.reached;
    await s3[Symbol.asyncDispose]();
    await expect(writing).rejects.toThrow();
    await expect(fetch(s3.endpoint)).rejects.toThrow('fetch failed');
  });
});
