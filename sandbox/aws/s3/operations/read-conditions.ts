import type { Call } from '../call.ts';
import { S3Error } from '../protocol/s3-error.ts';
import type { StoredObject } from '../state/object-version.ts';

/** If-Match, If-None-Match and the dates of a read. Throws PreconditionFailed and NotModified. */
export function checkReadConditions(call: Call, object: StoredObject): void {
  const ifMatch = call.header('if-match');
  const since = Date.parse(call.header('if-unmodified-since') ?? '');
  if (ifMatch !== undefined && !matches(ifMatch, object.etag))
    throw new S3Error('PreconditionFailed', { fields: { Condition: 'If-Match' } });
  if (ifMatch === undefined && seconds(object.lastModified) > since)
    throw new S3Error('PreconditionFailed', { fields: { Condition: 'If-Unmodified-Since' } });
  const ifNoneMatch = call.header('if-none-match');
  const modified = Date.parse(call.header('if-modified-since') ?? '');
  const same = ifNoneMatch !== undefined && matches(ifNoneMatch, object.etag);
  if (same || (ifNoneMatch === undefined && seconds(object.lastModified) <= modified))
    throw new S3Error('NotModified', { headers: { etag: `"${object.etag}"` } });
}

function matches(header: string, etag: string): boolean {
  return header.split(',').some((one) => one.trim() === '*' || one.trim().replaceAll('"', '') === etag);
}

// Dates in HTTP have no fractions.
function seconds(time: number): number {
  return Math.floor(time / 1000) * 1000;
}
