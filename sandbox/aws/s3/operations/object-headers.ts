import { checksumHeader } from '../body/checksum-algorithms.ts';
import type { Call } from '../call.ts';
import type { Bucket } from '../state/bucket.ts';
import type { Encryption, ObjectChecksum, ObjectVersion, StoredObject } from '../state/object-version.ts';

type Headers = Readonly<Record<string, string | undefined>>;

export function encryptionHeaders(encryption: Encryption): Headers {
  if (encryption.algorithm === 'AES256') return { 'x-amz-server-side-encryption': 'AES256' };
  return {
    'x-amz-server-side-encryption': encryption.algorithm,
    'x-amz-server-side-encryption-aws-kms-key-id': encryption.keyArn,
    'x-amz-server-side-encryption-bucket-key-enabled': encryption.bucketKey ? 'true' : undefined,
  };
}

/** Left out for a bucket that was never versioned. */
export function versionHeader(bucket: Bucket, version: ObjectVersion): Headers {
  return { 'x-amz-version-id': bucket.versioning === 'off' ? undefined : version.versionId };
}

export function checksumHeaders(checksum: ObjectChecksum | undefined): Headers {
  if (checksum === undefined) return {};
  return { [checksumHeader(checksum.algorithm)]: checksum.value, 'x-amz-checksum-type': checksum.type };
}

/** The headers of a GET or HEAD that describe the object, not the bytes that are sent. */
export function objectHeaders(call: Call, bucket: Bucket, object: StoredObject): Headers {
  const { retention, legalHold } = object.lock;
  const mayRetention = call.can('s3:GetObjectRetention');
  const { 'x-amz-storage-class': storageClass, ...stored } = object.headers;
  return {
    ...stored,
    'x-amz-storage-class': storageClass === 'STANDARD' ? undefined : storageClass,
    'accept-ranges': 'bytes',
    etag: `"${object.etag}"`,
    'last-modified': new Date(object.lastModified).toUTCString(),
    ...encryptionHeaders(object.encryption),
    ...versionHeader(bucket, object),
    'x-amz-object-lock-mode': mayRetention ? retention?.mode : undefined,
    'x-amz-object-lock-retain-until-date':
      mayRetention && retention !== undefined ? new Date(retention.until).toISOString() : undefined,
    'x-amz-object-lock-legal-hold': call.can('s3:GetObjectLegalHold') ? legalHold : undefined,
  };
}
