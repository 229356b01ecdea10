import { createHash, randomBytes } from 'node:crypto';
import type { Call } from '../call.ts';
import { S3Error } from '../protocol/s3-error.ts';
import type { Bucket } from '../state/bucket.ts';
import type { Encryption, StoredObject } from '../state/object-version.ts';

/**
 * If-None-Match: * and If-Match of a write. Throws PreconditionFailed; a delete marker counts as nothing.
 * Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html
 */
export function checkWriteConditions(call: Call, bucket: Bucket): void {
  const current = bucket.current(call.key);
  const ifNoneMatch = call.header('if-none-match');
  if (ifNoneMatch !== undefined && ifNoneMatch !== '*')
    throw new S3Error('NotImplemented', { fields: { Header: 'If-None-Match' } });
  if (ifNoneMatch === '*' && current !== undefined)
    throw new S3Error('PreconditionFailed', { fields: { Condition: 'If-None-Match' } });
  const ifMatch = call.header('if-match');
  if (ifMatch === undefined) return;
  if (current === undefined) throw new S3Error('NoSuchKey', { fields: { Key: call.key } });
  if (ifMatch.replaceAll('"', '') !== current.etag)
    throw new S3Error('PreconditionFailed', { fields: { Condition: 'If-Match' } });
}

/** Puts the object in front of its versions; one that is overwritten for good leaves the disk. */
export async function storeObject(call: Call, bucket: Bucket, object: StoredObject): Promise<void> {
  const replaced = bucket.add(object);
  if (replaced?.kind === 'object') await call.place.bodies.removeSegments(replaced.segments);
}

/** MD5 of the bytes, except with KMS: then an ETag is not an MD5 of anything. */
export function etagOf(md5: Buffer, encryption: Encryption): string {
  return encryption.algorithm === 'AES256' ? md5.toString('hex') : randomBytes(16).toString('hex');
}

/** `<hex>-<parts>`, the MD5 of the parts' MD5s. */
export function multipartEtag(etags: readonly string[]): string {
  const hash = createHash('md5');
  for (const etag of etags) hash.update(Buffer.from(etag, 'hex'));
  return `${hash.digest('hex')}-${etags.length}`;
}
