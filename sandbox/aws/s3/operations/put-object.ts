import type { Call } from '../call.ts';
import type { Answer } from '../protocol/answer.ts';
import type { ObjectChecksum, StoredObject } from '../state/object-version.ts';
import { wholeFile } from '../state/segments.ts';
import { checksumHeaders, encryptionHeaders, versionHeader } from './object-headers.ts';
import { checkWriteConditions, etagOf, storeObject } from './store-object.ts';
import { mustBeChecked, writeSettings } from './write-settings.ts';

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObject.html */
export async function putObject(call: Call): Promise<Answer> {
  const bucket = call.bucket();
  call.mustBeAllowed('s3:PutObject');
  const settings = writeSettings(call, bucket);
  mustBeChecked(call, settings.lock, 'Put Object');
  call.mustFit(call.body.announcedLength());
  checkWriteConditions(call, bucket);

  // S3 adds a CRC64NVME of its own where the client sends no checksum.
  const algorithm = call.body.declared?.algorithm ?? 'CRC64NVME';
  const file = call.place.bodies.newFile();
  const digests = await call.body.toFile(file, [algorithm]);
  call.place.bodies.keep(file, digests.size);
  // Somebody else may have written while the body came in.
  try {
    checkWriteConditions(call, bucket);
  } catch (error) {
    await call.place.bodies.remove([file]);
    throw error;
  }
  const checksum: ObjectChecksum = {
    algorithm,
    value: digests.checksums[algorithm] ?? '',
    type: 'FULL_OBJECT',
  };
  const object: StoredObject = {
    kind: 'object',
    key: call.key,
    versionId: bucket.newVersionId(),
    lastModified: call.now,
    size: digests.size,
    etag: etagOf(digests.md5, settings.encryption),
    segments: wholeFile(file, digests.size),
    checksum,
    parts: undefined,
    ...settings,
  };
  await storeObject(call, bucket, object);
  return {
    status: 200,
    headers: {
      etag: `"${object.etag}"`,
      ...encryptionHeaders(object.encryption),
      ...versionHeader(bucket, object),
      ...checksumHeaders(checksum),
    },
  };
}
