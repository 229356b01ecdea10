import type { Call } from '../call.ts';
import { type Answer, xmlAnswer } from '../protocol/answer.ts';
import { invalidArgument } from '../protocol/s3-error.ts';
import { element, xmlDocument } from '../protocol/write-xml.ts';
import type { Bucket } from '../state/bucket.ts';
import type { ObjectVersion } from '../state/object-version.ts';
import { keyWriter, pageOf, pageSize } from './page.ts';

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectVersions.html */
export async function listObjectVersions(call: Call): Promise<Answer> {
  const bucket = call.bucket();
  call.mustBeAllowed('s3:ListBucketVersions');
  const prefix = call.query('prefix') ?? '';
  const delimiter = call.query('delimiter') ?? '';
  const max = pageSize(call, 'max-keys');
  const keyMarker = call.query('key-marker') ?? '';
  const versionMarker = call.query('version-id-marker') ?? '';
  const items = following(bucket, keyMarker, versionMarker);
  const page = pageOf({ items, keyOf: ({ key }) => key, prefix, delimiter, max, after: keyMarker });
  const next = page.last;
  const write = keyWriter(call);
  return xmlAnswer(
    xmlDocument('ListVersionsResult', [
      element('Name', bucket.name),
      element('Prefix', write(prefix)),
      element('Delimiter', delimiter === '' ? undefined : write(delimiter)),
      element('KeyMarker', write(keyMarker)),
      element('VersionIdMarker', versionMarker),
      element('MaxKeys', max),
      element('EncodingType', call.query('encoding-type')),
      element('IsTruncated', next !== undefined),
      ...(next === undefined
        ? []
        : [
            element('NextKeyMarker', write('item' in next ? next.item.key : next.prefix)),
            element('NextVersionIdMarker', 'item' in next ? next.item.versionId : undefined),
          ]),
      ...page.items.map((version) => described(bucket, version, write)),
      ...page.prefixes.map((one) => element('CommonPrefixes', [element('Prefix', write(one))])),
    ]),
  );
}

/** All versions behind the markers, by key, newest first. */
function following(bucket: Bucket, keyMarker: string, versionMarker: string): readonly ObjectVersion[] {
  if (versionMarker !== '' && keyMarker === '')
    throw invalidArgument(
      'A version-id marker cannot be specified without a key marker.',
      'version-id-marker',
      versionMarker,
    );
  return bucket.keys().flatMap((key) => {
    const order = Buffer.compare(Buffer.from(key), Buffer.from(keyMarker));
    const versions = bucket.versions(key);
    if (order > 0) return versions;
    if (order < 0 || versionMarker === '') return [];
    const at = versions.findIndex(({ versionId }) => versionId === versionMarker);
    return at < 0 ? [] : versions.slice(at + 1);
  });
}

function described(bucket: Bucket, version: ObjectVersion, write: (key: string) => string) {
  const common = [
    element('Key', write(version.key)),
    element('VersionId', version.versionId),
    element('IsLatest', bucket.versions(version.key)[0]?.versionId === version.versionId),
    element('LastModified', new Date(version.lastModified).toISOString()),
    element('Owner', [element('ID', bucket.name), element('DisplayName', 'owner')]),
  ];
  if (version.kind === 'delete marker') return element('DeleteMarker', common);
  return element('Version', [
    ...common,
    element('ETag', `"${version.etag}"`),
    element('ChecksumAlgorithm', version.checksum?.algorithm),
    element('ChecksumType', version.checksum?.type),
    element('Size', version.size),
    element('StorageClass', version.headers['x-amz-storage-class'] ?? 'STANDARD'),
  ]);
}
