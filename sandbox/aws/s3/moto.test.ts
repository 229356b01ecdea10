import { CreateBucketCommand, type S3Client } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { STEPS } from './testing/compared-steps.ts';
import { isInstalled } from './testing/installed.ts';
import { observed } from './testing/observed.ts';
import { type S3ForTest, s3ForTest } from './testing/s3-for-test.ts';
import { startMoto } from './testing/start-moto.ts';

/** What moto 5.2.1 leaves out of its answers, or fills with names of its own. */
const NOT_COMPARED = [
  // S3 has encrypted every object by itself since January 2023, and says so.
  'ServerSideEncryption',
  // Since December 2024 S3 adds a checksum of its own where there is none, and says what each is of.
  'ChecksumCRC64NVME',
  'ChecksumType',
  // Who the account is, and where it thinks it lives.
  'Owner',
  'Initiator',
  'Location',
];

/** Steps where moto is known to be behind S3. They are carried out, and skipped with this reason. */
const GAPS: Readonly<Record<string, string>> = {
  'a get with other headers':
    'moto ignores response-content-disposition of a request that is signed in its header',
  'a put with a wrong Content-MD5': 'moto does not check Content-MD5',
  'the versions': 'moto names no checksum algorithm in a listing of versions',
  'a part of no upload': 'moto answers 500 with a page of HTML',
  'the parts': "moto does not list the parts' checksums",
  'the uploads': 'moto does not repeat the prefix',
  'a completion out of order': 'moto looks at the size of the parts before their order',
  'its retention': 'moto does not know GetObjectRetention and answers with the object',
  'a delete of what came in parts under compliance': 'moto ignores Object Lock on a multipart upload',
  'a default retention': 'moto takes a lock configuration only for a bucket that is new to it',
  'the default retention': 'moto took none',
};

describe.skipIf(!isInstalled('moto_server', ['--help']))(
  'beside moto (skipped where it is not installed)',
  () => {
    let held: S3ForTest;
    let moto: Awaited<ReturnType<typeof startMoto>>;
    let theirs: S3Client;
    const memories = { ours: new Map<string, string>(), theirs: new Map<string, string>() };

    beforeAll(async () => {
      held = await s3ForTest({ buckets: [{ name: 'first' }], minPartBytes: 100 });
      moto = await startMoto();
      theirs = held.clientOf(held.s3.accessKey, { endpoint: moto.endpoint.href });
      for (const client of [held.client, theirs]) {
        await client.send(new CreateBucketCommand({ Bucket: 'compared', ObjectLockEnabledForBucket: true }));
        await client.send(new CreateBucketCommand({ Bucket: 'plain' }));
      }
    });
    afterAll(async () => {
      expect(held.s3.problems()).toEqual([]);
      await moto[Symbol.asyncDispose]();
      await held[Symbol.asyncDispose]();
    });

    test.for(STEPS)('%s is answered alike', async ([name, send], { skip }) => {
      const mine = await observed(send(held.client, memories.ours), NOT_COMPARED);
      const gap = GAPS[name];
      const other = observed(send(theirs, memories.theirs), NOT_COMPARED);
      if (gap === undefined) expect(mine).toEqual(await other);
      else {
        await other.catch(() => undefined);
        skip(gap);
      }
    });
  },
);
