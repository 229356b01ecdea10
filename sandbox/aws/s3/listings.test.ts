import {
  DeleteObjectCommand,
  ListObjectsV2Command,
  ListObjectVersionsCommand,
  PutObjectCommand,
  type S3Client,
} from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { refusalOf } from './testing/refusal-of.ts';
import { type S3ForTest, s3ForTest } from './testing/s3-for-test.ts';

const Bucket = 'evidence';
// In the order of their UTF-8 bytes: U+FF61 before U+1F600, which UTF-16 would turn around.
const KEYS = ['a', 'case/1/x', 'case/1/y', 'case/2/x', 'case/2&<>"/é +%', 'z｡', 'z😀'];
let held: S3ForTest;
let client: S3Client;
beforeAll(async () => {
  held = await s3ForTest({ buckets: [{ name: Bucket, versioning: 'Enabled' }] });
  ({ client } = held);
  for (const Key of KEYS.toReversed()) await client.send(new PutObjectCommand({ Bucket, Key, Body: Key }));
  await client.send(new PutObjectCommand({ Bucket, Key: 'gone', Body: 'x' }));
  await client.send(new DeleteObjectCommand({ Bucket, Key: 'gone' }));
});
afterAll(async () => {
  expect(held.s3.problems()).toEqual([]);
  await held[Symbol.asyncDispose]();
});

async function pages(input: Partial<ListObjectsV2Command['input']>) {
  const seen: (string | undefined)[][] = [];
  let ContinuationToken: string | undefined;
  do {
    const page = await client.send(new ListObjectsV2Command({ Bucket, ...input, ContinuationToken }));
    const keys = (page.Contents ?? []).map(({ Key }) => Key);
    seen.push([...keys, ...(page.CommonPrefixes ?? []).map(({ Prefix }) => Prefix)]);
    expect(page.KeyCount).toBe(seen.at(-1)?.length);
    expect(page.IsTruncated).toBe(page.NextContinuationToken !== undefined);
    ContinuationToken = page.NextContinuationToken;
  } while (ContinuationToken !== undefined);
  return seen;
}

describe('a listing', () => {
  test('has every key that is not deleted, in the order of its bytes', async () => {
    const order = ['a', 'case/1/x', 'case/1/y', 'case/2&<>"/é +%', 'case/2/x', 'z｡', 'z😀'];
    expect(await pages({})).toEqual([order]);
    expect(await pages({ MaxKeys: 3 })).toEqual([order.slice(0, 3), order.slice(3, 6), order.slice(6)]);
  });

  test('groups under common prefixes, each once over all pages', async () => {
    expect(await pages({ Prefix: 'case/', Delimiter: '/' })).toEqual([['case/1/', 'case/2&<>"/', 'case/2/']]);
    expect(await pages({ Delimiter: '/', MaxKeys: 1 })).toEqual([['a'], ['case/'], ['z｡'], ['z😀']]);
  });

  test('starts after a key and escapes where it is asked to', async () => {
    expect(await pages({ StartAfter: 'case/1/y' })).toEqual([['case/2&<>"/é +%', 'case/2/x', 'z｡', 'z😀']]);
    const page = await client.send(
      new ListObjectsV2Command({ Bucket, Prefix: 'case/2&', EncodingType: 'url' }),
    );
    expect(page.Contents?.map(({ Key }) => Key)).toEqual(['case/2%26%3C%3E%22/%C3%A9%20%2B%25']);
  });

  test('refuses a token that it did not give, and a size that is no number', async () => {
    const wrong = new ListObjectsV2Command({ Bucket, ContinuationToken: 'made up' });
    expect(await refusalOf(client.send(wrong))).toMatchObject({ code: 'InvalidArgument' });
    const size = new ListObjectsV2Command({ Bucket, MaxKeys: -1 });
    expect(await refusalOf(client.send(size))).toMatchObject({ code: 'InvalidArgument' });
  });

  test('of versions goes on within a key', async () => {
    for (const Body of ['1', '2', '3']) await client.send(new PutObjectCommand({ Bucket, Key: 'v', Body }));
    await client.send(new DeleteObjectCommand({ Bucket, Key: 'v' }));
    const expected = held.s3.versions('v').map(({ versionId }) => versionId);
    const seen: (string | undefined)[] = [];
    let markers: { KeyMarker?: string | undefined; VersionIdMarker?: string | undefined } = {};
    for (;;) {
      const page = await client.send(
        new ListObjectVersionsCommand({ Bucket, Prefix: 'v', MaxKeys: 1, ...markers }),
      );
      for (const one of [...(page.DeleteMarkers ?? []), ...(page.Versions ?? [])]) seen.push(one.VersionId);
      if (page.IsTruncated !== true) break;
      markers = { KeyMarker: page.NextKeyMarker, VersionIdMarker: page.NextVersionIdMarker };
    }
    expect(seen).toEqual(expected);
    expect(seen).toHaveLength(4);
  });
});
