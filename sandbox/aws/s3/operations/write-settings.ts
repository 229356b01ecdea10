import { usableKey } from '../access/kms-keys.ts';
import { isChecked } from '../body/declared-checksum.ts';
import type { Call } from '../call.ts';
import { invalidArgument, S3Error } from '../protocol/s3-error.ts';
import type { Bucket } from '../state/bucket.ts';
import { type Lock, RETENTION_MODES, type Retention, retentionFrom } from '../state/lock.ts';
import type { Encryption, StoredHeaders } from '../state/object-version.ts';

/** What the headers of a write say about the object besides its bytes. */
export interface WriteSettings {
  readonly headers: StoredHeaders;
  readonly encryption: Encryption;
  readonly lock: Lock;
}

const STORED = [
  'cache-control',
  'content-disposition',
  'content-language',
  'content-type',
  'expires',
  'x-amz-storage-class',
] as const;
const MAX_METADATA_BYTES = 2048;

/** Reads and checks them for PutObject, CopyObject and CreateMultipartUpload. */
export function writeSettings(call: Call, bucket: Bucket): WriteSettings {
  return { headers: storedHeaders(call), encryption: encryptionOf(call), lock: lockOf(call, bucket) };
}

function storedHeaders(call: Call): StoredHeaders {
  const kept = STORED.flatMap((name) => {
    const value = call.header(name);
    return value === undefined ? [] : [[name, value] as const];
  });
  const metadata = Object.keys(call.headers)
    .filter((name) => name.startsWith('x-amz-meta-'))
    .map((name) => [name, call.header(name) ?? ''] as const);
  const bytes = metadata.reduce(
    (sum, [name, value]) => sum + name.length - 'x-amz-meta-'.length + value.length,
    0,
  );
  if (bytes > MAX_METADATA_BYTES) throw new S3Error('MetadataTooLarge');
  const encoding = (call.header('content-encoding') ?? '')
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '' && part !== 'aws-chunked')
    .join(',');
  return Object.fromEntries([
    ['content-type', 'binary/octet-stream'],
    ...kept,
    ...metadata,
    ...(encoding === '' ? [] : [['content-encoding', encoding] as const]),
  ]);
}

function encryptionOf(call: Call): Encryption {
  const algorithm = call.header('x-amz-server-side-encryption');
  const keyName = call.header('x-amz-server-side-encryption-aws-kms-key-id');
  if (algorithm !== 'aws:kms' && algorithm !== 'aws:kms:dsse') {
    if (algorithm !== undefined && algorithm !== 'AES256')
      throw invalidArgument(
        'The encryption method specified is not supported',
        'x-amz-server-side-encryption',
        algorithm,
      );
    if (keyName !== undefined)
      throw invalidArgument(
        'Server Side Encryption with AWS KMS managed key requires HTTP header x-amz-server-side-encryption : aws:kms',
        'x-amz-server-side-encryption',
        algorithm ?? 'null',
      );
    return { algorithm: 'AES256' };
  }
  const keyArn =
    keyName === undefined
      ? `arn:aws:kms:${call.place.region}:123456789012:key/aws-s3`
      : usableKey(call.place.kmsKeys, keyName);
  call.mustBeAllowed('kms:GenerateDataKey');
  const bucketKey = call.header('x-amz-server-side-encryption-bucket-key-enabled') === 'true';
  return { algorithm, keyArn, bucketKey };
}

function lockOf(call: Call, bucket: Bucket): Lock {
  const retention = retentionOf(call) ?? undefined;
  const legalHold = legalHoldOf(call);
  if (retention !== undefined) call.mustBeAllowed('s3:PutObjectRetention');
  if (legalHold !== undefined) call.mustBeAllowed('s3:PutObjectLegalHold');
  if (bucket.objectLock === undefined) {
    if (retention !== undefined || legalHold !== undefined)
      throw new S3Error('InvalidRequest', { message: 'Bucket is missing Object Lock Configuration' });
    return { retention: undefined, legalHold: undefined };
  }
  const { defaultRetention } = bucket.objectLock;
  const byDefault = defaultRetention === undefined ? undefined : retentionFrom(defaultRetention, call.now);
  return { retention: retention ?? byDefault, legalHold };
}

function retentionOf(call: Call): Retention | undefined {
  const mode = call.header('x-amz-object-lock-mode');
  const date = call.header('x-amz-object-lock-retain-until-date');
  if (mode === undefined && date === undefined) return undefined;
  if (mode === undefined || date === undefined)
    throw new S3Error('InvalidArgument', {
      message: 'x-amz-object-lock-retain-until-date and x-amz-object-lock-mode must both be supplied',
    });
  const known = RETENTION_MODES.find((one) => one === mode);
  if (known === undefined)
    throw invalidArgument('Unknown wormMode directive.', 'x-amz-object-lock-mode', mode);
  const until = Date.parse(date);
  if (Number.isNaN(until))
    throw invalidArgument(
      'The retain until date must be provided in ISO 8601 format',
      'x-amz-object-lock-retain-until-date',
      date,
    );
  if (until <= call.now)
    throw invalidArgument(
      'The retain until date must be in the future!',
      'x-amz-object-lock-retain-until-date',
      date,
    );
  return { mode: known, until };
}

function legalHoldOf(call: Call): 'ON' | 'OFF' | undefined {
  const text = call.header('x-amz-object-lock-legal-hold');
  if (text === undefined || text === 'ON' || text === 'OFF') return text;
  throw invalidArgument('Legal Hold must be either of ON or OFF', 'x-amz-object-lock-legal-hold', text);
}

/**
 * A write of something locked has to carry Content-MD5 or a checksum.
 * Source: https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObject.html (Content-MD5)
 */
export function mustBeChecked(call: Call, lock: Lock, what: 'Put Object' | 'Put Part'): void {
  if (lock.retention === undefined && lock.legalHold === undefined) return;
  if (isChecked(call.headers)) return;
  throw new S3Error('InvalidRequest', {
    message: `Content-MD5 OR x-amz-checksum- HTTP header is required for ${what} requests with Object Lock parameters`,
  });
}
