import {
  CreateBucketCommand,
  ListMultipartUploadsCommand,
  ListPartsCommand,
  PutBucketVersioningCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect } from 'vitest';
import { isInstalled } from '../../sandbox/aws/s3/testing/installed.ts';
import { startMoto } from '../../sandbox/aws/s3/testing/start-moto.ts';
import { createS3Store } from '../../src/evidence/s3-store.ts';
import { systemClock } from '../../src/runtime/system-clock.ts';
import { evidenceStoreContract } from './evidence-store.ts';
import { memoryUploadJournal } from './memory-upload-journal.ts';
import { PART_BYTES, PREFIX } from './s3-place.ts';

/** A second opinion: moto is another's reading of S3. It knows neither a full disk nor locks on uploads in parts. */
describe.skipIf(!isInstalled('moto_server', ['--help']))('at moto', () => {
  const region = 'us-east-1';
  const keys = { accessKeyId: 'AKIAMOTO', secretAccessKey: 'any' };
  let moto: Awaited<ReturnType<typeof startMoto>>;
  let client: S3Client;
  let buckets = 0;
  beforeAll(async () => {
    moto = await startMoto();
    client = new S3Client({ endpoint: moto.endpoint.href, region, forcePathStyle: true, credentials: keys });
  }, 30_000);
  afterAll(async () => {
    client.destroy();
    await moto[Symbol.asyncDispose]();
  });

  evidenceStoreContract('the S3 store', async () => {
    buckets += 1;
    const Bucket = `evidence-${buckets}`;
    await client.send(new CreateBucketCommand({ Bucket }));
    await client.send(
      new PutBucketVersioningCommand({ Bucket, VersioningConfiguration: { Status: 'Enabled' } }),
    );
    const journal = memoryUploadJournal();
    const open = async () => (await client.send(new ListMultipartUploadsCommand({ Bucket }))).Uploads ?? [];
    const arrived = async (): Promise<boolean> => {
      for (const { Key, UploadId } of await open())
        if (((await client.send(new ListPartsCommand({ Bucket, Key, UploadId }))).Parts ?? []).length === 0)
          return false;
      return true;
    };
    const store = () =>
      createS3Store({
        settings: {
          bucket: Bucket,
          region,
          prefix: PREFIX,
          endpoint: moto.endpoint.href,
          forcePathStyle: true,
        },
        credentials: { provide: async () => keys, forget: () => undefined },
        journal,
        clock: systemClock,
        attempts: 2,
        partBytes: PART_BYTES,
      });
    return {
      store: store(),
      other: store(),
      small: async () => 'moto is never full',
      raceful: 'moto looks whether a name is taken, and writes later',
      reachesMediumBytes: PART_BYTES,
      settled: async () => {
        await expect.poll(arrived).toBe(true);
      },
      clean: async () => {
        expect(await open()).toEqual([]);
      },
    };
  });
});
