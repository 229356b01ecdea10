import type { Call } from '../call.ts';
import type { Answer } from '../protocol/answer.ts';
import { invalidArgument, S3Error } from '../protocol/s3-error.ts';
import type { StoredObject } from '../state/object-version.ts';
import { sliceSegments } from '../state/segments.ts';
import { findObject } from './find-object.ts';
import { checksumHeaders, objectHeaders } from './object-headers.ts';
import { checkReadConditions } from './read-conditions.ts';
import { type ByteRange, readRange } from './read-range.ts';

const OVERRIDES = [
  'cache-control',
  'content-disposition',
  'content-encoding',
  'content-language',
  'content-type',
  'expires',
] as const;

/**
 * GetObject and HeadObject; what answers a HEAD leaves the bytes out.
 * Source: https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html
 */
export async function getObject(call: Call): Promise<Answer> {
  const bucket = call.bucket();
  call.mustBeAllowed(call.query('versionId') === undefined ? 's3:GetObject' : 's3:GetObjectVersion');
  const object = findObject(call, bucket);
  if (object.encryption.algorithm !== 'AES256') call.mustBeAllowed('kms:Decrypt');
  checkReadConditions(call, object);
  const part = partOf(call, object);
  const range = part?.range ?? readRange(call.header('range'), object.size);
  const { start, end } = range ?? { start: 0, end: object.size };
  const wantsChecksum = call.header('x-amz-checksum-mode')?.toUpperCase() === 'ENABLED';
  // A checksum is of the whole object or of the part that was asked for, never of a range.
  const checksum = part === undefined ? (range === undefined ? object.checksum : undefined) : part.checksum;
  return {
    status: range === undefined ? 200 : 206,
    headers: {
      ...objectHeaders(call, bucket, object),
      ...(wantsChecksum ? checksumHeaders(checksum) : {}),
      ...overrides(call),
      'content-length': String(end - start),
      'content-range': range === undefined ? undefined : `bytes ${start}-${end - 1}/${object.size}`,
      'x-amz-mp-parts-count':
        part === undefined || object.parts === undefined ? undefined : String(object.parts.length),
    },
    segments: sliceSegments(object.segments, start, end),
  };
}

// response-content-disposition and its like; they only work in a signed request, and here every request is signed.
function overrides(call: Call): Readonly<Record<string, string>> {
  return Object.fromEntries(
    OVERRIDES.flatMap((name) => {
      const value = call.query(`response-${name}`);
      return value === undefined ? [] : [[name, value]];
    }),
  );
}

function partOf(call: Call, object: StoredObject) {
  const text = call.query('partNumber');
  if (text === undefined) return undefined;
  if (!/^\d{1,5}$/.test(text) || Number(text) < 1)
    throw invalidArgument('Part number must be an integer between 1 and 10000', 'partNumber', text);
  const parts = object.parts ?? [{ partNumber: 1, size: object.size, checksum: object.checksum }];
  let start = 0;
  for (const [index, part] of parts.entries()) {
    const range: ByteRange = { start, end: start + part.size };
    if (index + 1 === Number(text))
      return { checksum: part.checksum, range: object.size === 0 ? undefined : range };
    start = range.end;
  }
  throw new S3Error('InvalidRange', { message: 'The requested partnumber is not satisfiable' });
}
