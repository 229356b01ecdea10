import { percentDecode } from '../../signature-v4/percent-encoding.ts';
import type { Call } from '../call.ts';
import { invalidArgument, S3Error } from '../protocol/s3-error.ts';
import type { Bucket } from '../state/bucket.ts';
import type { StoredObject } from '../state/object-version.ts';

/**
 * The object that x-amz-copy-source names, `[/]bucket/key[?versionId=…]`, with its conditions. Throws what a read of it
 * would.
 */
export function copySource(call: Call): { readonly bucket: Bucket; readonly object: StoredObject } {
  const header = call.header('x-amz-copy-source') ?? '';
  const [, path = '', versionId] = /^\/?(.*?)(?:\?versionId=(.+))?$/.exec(header) ?? [];
  const decoded = percentDecode(path) ?? path;
  const slash = decoded.indexOf('/');
  if (slash < 1)
    throw invalidArgument(
      'Copy Source must mention the source bucket and key: sourcebucket/sourcekey',
      'x-amz-copy-source',
      header,
    );
  const bucket = call.bucket(decoded.slice(0, slash));
  const key = decoded.slice(slash + 1);
  call.mustBeAllowed(versionId === undefined ? 's3:GetObject' : 's3:GetObjectVersion');
  const found = versionId === undefined ? bucket.current(key) : bucket.version(key, versionId);
  if (found?.kind !== 'object')
    throw new S3Error(versionId === undefined ? 'NoSuchKey' : 'NoSuchVersion', { fields: { Key: key } });
  if (found.encryption.algorithm !== 'AES256') call.mustBeAllowed('kms:Decrypt');
  const ifMatch = call.header('x-amz-copy-source-if-match');
  if (ifMatch !== undefined && ifMatch.replaceAll('"', '') !== found.etag)
    throw new S3Error('PreconditionFailed', { fields: { Condition: 'x-amz-copy-source-If-Match' } });
  return { bucket, object: found };
}
