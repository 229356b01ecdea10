import { CHECKSUM_ALGORITHMS } from '../body/checksum-algorithms.ts';
import type { Call } from '../call.ts';
import { type Answer, xmlAnswer } from '../protocol/answer.ts';
import { S3Error } from '../protocol/s3-error.ts';
import { element, xmlDocument } from '../protocol/write-xml.ts';
import type { ObjectChecksum, StoredObject } from '../state/object-version.ts';
import { wholeFile } from '../state/segments.ts';
import { copyBytes } from './copy-bytes.ts';
import { copySource } from './copy-source.ts';
import { encryptionHeaders, versionHeader } from './object-headers.ts';
import { checkWriteConditions, etagOf, storeObject } from './store-object.ts';
import { writeSettings } from './write-settings.ts';

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_CopyObject.html */
export async function copyObject(call: Call): Promise<Answer> {
  const bucket = call.bucket();
  call.mustBeAllowed('s3:PutObject');
  const source = copySource(call);
  const settings = writeSettings(call, bucket);
  const replaces = call.header('x-amz-metadata-directive') === 'REPLACE';
  const same =
    source.bucket === bucket && source.object.key === call.key && source.object === bucket.current(call.key);
  if (same && !replaces && call.header('x-amz-server-side-encryption') === undefined)
    throw new S3Error('InvalidRequest', {
      message:
        "This copy request is illegal because it is trying to copy an object to itself without changing the object's metadata, storage class, website redirect location or encryption attributes.",
    });
  call.mustFit(source.object.size);
  checkWriteConditions(call, bucket);
  const asked = call.header('x-amz-checksum-algorithm')?.toUpperCase();
  const algorithm =
    CHECKSUM_ALGORITHMS.find((one) => one === asked) ?? source.object.checksum?.algorithm ?? 'CRC64NVME';
  const { file, digests } = await copyBytes(call, source.object.segments, [algorithm]);
  const checksum: ObjectChecksum = {
    algorithm,
    value: digests.checksums[algorithm] ?? '',
    type: 'FULL_OBJECT',
  };
  const object: StoredObject = {
    ...settings,
    kind: 'object',
    key: call.key,
    versionId: bucket.newVersionId(),
    lastModified: call.now,
    size: digests.size,
    etag: etagOf(digests.md5, settings.encryption),
    segments: wholeFile(file, digests.size),
    headers: replaces ? settings.headers : source.object.headers,
    checksum,
    parts: undefined,
  };
  await storeObject(call, bucket, object);
  return xmlAnswer(
    xmlDocument('CopyObjectResult', [
      element('LastModified', new Date(object.lastModified).toISOString()),
      element('ETag', `"${object.etag}"`),
      element(`Checksum${algorithm}`, checksum.value),
      element('ChecksumType', checksum.type),
    ]),
    {
      ...encryptionHeaders(object.encryption),
      ...versionHeader(bucket, object),
      'x-amz-copy-source-version-id': versionHeader(source.bucket, source.object)['x-amz-version-id'],
    },
  );
}
