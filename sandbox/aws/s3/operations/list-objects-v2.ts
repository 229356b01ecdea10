import type { Call } from '../call.ts';
import { type Answer, xmlAnswer } from '../protocol/answer.ts';
import { invalidArgument } from '../protocol/s3-error.ts';
import { element, xmlDocument } from '../protocol/write-xml.ts';
import type { StoredObject } from '../state/object-version.ts';
import { keyWriter, pageOf, pageSize } from './page.ts';

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectsV2.html */
export async function listObjectsV2(call: Call): Promise<Answer> {
  const bucket = call.bucket();
  call.mustBeAllowed('s3:ListBucket');
  const prefix = call.query('prefix') ?? '';
  const delimiter = call.query('delimiter') ?? '';
  const max = pageSize(call, 'max-keys');
  const token = call.query('continuation-token');
  const after = token === undefined ? (call.query('start-after') ?? '') : readToken(token);
  const items = bucket
    .keys()
    .filter((key) => Buffer.compare(Buffer.from(key), Buffer.from(after)) > 0)
    .flatMap((key) => bucket.current(key) ?? []);
  const page = pageOf({ items, keyOf: ({ key }) => key, prefix, delimiter, max, after });
  const next =
    page.last === undefined ? undefined : 'item' in page.last ? page.last.item.key : page.last.prefix;
  const write = keyWriter(call);
  return xmlAnswer(
    xmlDocument('ListBucketResult', [
      element('Name', bucket.name),
      element('Prefix', write(prefix)),
      element('Delimiter', delimiter === '' ? undefined : write(delimiter)),
      element('MaxKeys', max),
      element('EncodingType', call.query('encoding-type')),
      element('KeyCount', page.items.length + page.prefixes.length),
      element('IsTruncated', next !== undefined),
      element('ContinuationToken', token),
      element('NextContinuationToken', next === undefined ? undefined : writeToken(next)),
      element('StartAfter', call.query('start-after')),
      ...page.items.map((object) => contents(object, write)),
      ...page.prefixes.map((one) => element('CommonPrefixes', [element('Prefix', write(one))])),
    ]),
  );
}

function contents(object: StoredObject, write: (key: string) => string) {
  return element('Contents', [
    element('Key', write(object.key)),
    element('LastModified', new Date(object.lastModified).toISOString()),
    element('ETag', `"${object.etag}"`),
    element('ChecksumAlgorithm', object.checksum?.algorithm),
    element('ChecksumType', object.checksum?.type),
    element('Size', object.size),
    element('StorageClass', object.headers['x-amz-storage-class'] ?? 'STANDARD'),
  ]);
}

// Opaque to the client, and not the key itself, so that nobody relies on that.
function writeToken(key: string): string {
  return Buffer.from(`after:${key}`).toString('base64');
}

function readToken(token: string): string {
  const text = Buffer.from(token, 'base64').toString('utf8');
  if (!text.startsWith('after:'))
    throw invalidArgument('The continuation token provided is incorrect', 'continuation-token', token);
  return text.slice('after:'.length);
}
