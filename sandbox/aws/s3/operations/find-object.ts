import type { Call } from '../call.ts';
import { S3Error } from '../protocol/s3-error.ts';
import type { Bucket } from '../state/bucket.ts';
import type { StoredObject } from '../state/object-version.ts';

/**
 * The object that a read is about: the version asked for, or the newest. Throws NoSuchKey, NoSuchVersion,
 * MethodNotAllowed for a delete marker by its version, and AccessDenied instead of NoSuchKey to who may not list.
 */
export function findObject(call: Call, bucket: Bucket): StoredObject {
  const versionId = call.query('versionId');
  const found = versionId === undefined ? bucket.versions(call.key)[0] : bucket.version(call.key, versionId);
  if (found === undefined) {
    if (!call.can('s3:ListBucket')) throw new S3Error('AccessDenied');
    if (versionId !== undefined)
      throw new S3Error('NoSuchVersion', { fields: { Key: call.key, VersionId: versionId } });
    throw new S3Error('NoSuchKey', { fields: { Key: call.key } });
  }
  if (found.kind === 'object') return found;
  const headers = { 'x-amz-delete-marker': 'true', 'x-amz-version-id': found.versionId };
  if (versionId === undefined) throw new S3Error('NoSuchKey', { fields: { Key: call.key }, headers });
  throw new S3Error('MethodNotAllowed', {
    fields: { Method: 'GET', ResourceType: 'DeleteMarker' },
    headers: { ...headers, allow: 'DELETE' },
  });
}
