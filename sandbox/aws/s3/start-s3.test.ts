import { Agent } from 'node:https';
import {
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  GetBucketLifecycleConfigurationCommand,
  ListObjectsV2Command,
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
    expect(
      await refusalOf(client.send(new GetBucketLifecycleConfigurationCommand({ Bucket }))),
    ).toMatchObject({
      code: 'NotImplemented',
      status: 501,
    });
    expect(s3.requests()).toMatchObject([{ operation: undefined, outcome: 501, error: 'NotImplemented' }]);
  });

  test('ends while requests are held, and its port is free again', async () => {
    const held = await s3ForTest();
    const fault = held.s3.faults.next({ operation: 'ListObjectsV2', fault: { kind: 'hold before' } });
    const listing = held.client.send(new ListObjectsV2Command({ Bucket }));
    listing.catch(() => undefined);
    await fault.reached;
    const { endpoint } = held.s3;
    await held[Symbol.asyncDispose]();
    await expect(fetch(endpoint)).rejects.toThrow('fetch failed');
  });
});
