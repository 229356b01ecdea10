import type { Call } from '../call.ts';
import type { Answer } from '../protocol/answer.ts';
import { S3Error } from '../protocol/s3-error.ts';
import type { Bucket } from '../state/bucket.ts';
import { isProtected } from '../state/lock.ts';

/** What a delete did. */
export interface Deletion {
  readonly versionId: string | undefined;
  /** Whether a marker was made, or was what the delete took away. */
  readonly deleteMarker: 'delete marker' | 'object';
}

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteObject.html */
export async function deleteObject(call: Call): Promise<Answer> {
  const bucket = call.bucket();
  const { versionId, deleteMarker } = await deleteOne(call, bucket, call.key, call.query('versionId'));
  return {
    status: 204,
    headers: {
      'x-amz-version-id': versionId,
      'x-amz-delete-marker': deleteMarker === 'delete marker' ? 'true' : undefined,
    },
  };
}

/** Deletes one version for good, or hides the object behind a delete marker. Throws AccessDenied for what is locked. */
export async function deleteOne(
  call: Call,
  bucket: Bucket,
  key: string,
  versionId: string | undefined,
): Promise<Deletion> {
  if (versionId !== undefined) return deleteVersion(call, bucket, key, versionId);
  call.mustBeAllowed('s3:DeleteObject');
  if (bucket.versioning === 'off') return deleteVersion(call, bucket, key, 'null', 'unversioned');
  const marker = {
    kind: 'delete marker',
    key,
    versionId: bucket.newVersionId(),
    lastModified: call.now,
  } as const;
  const replaced = bucket.add(marker);
  if (replaced?.kind === 'object') await call.place.bodies.removeSegments(replaced.segments);
  return { versionId: marker.versionId, deleteMarker: 'delete marker' };
}

async function deleteVersion(
  call: Call,
  bucket: Bucket,
  key: string,
  versionId: string,
  how: 'by version' | 'unversioned' = 'by version',
): Promise<Deletion> {
  if (how === 'by version') call.mustBeAllowed('s3:DeleteObjectVersion');
  const named = how === 'by version' ? versionId : undefined;
  const found = bucket.version(key, versionId);
  if (found === undefined) return { versionId: named, deleteMarker: 'object' };
  if (found.kind === 'object') {
    if (isProtected(found.lock, call.now, call.bypass()))
      throw new S3Error('AccessDenied', {
        message: 'Access Denied because object protected by object lock.',
      });
    await call.place.bodies.removeSegments(found.segments);
  }
  bucket.remove(key, versionId);
  return { versionId: named, deleteMarker: found.kind };
}
