import type { IncomingHttpHeaders } from 'node:http';
import { S3Error } from '../protocol/s3-error.ts';
import { CHECKSUM_ALGORITHMS, type ChecksumAlgorithm, checksumHeader } from './checksum-algorithms.ts';

/** The checksum that a request announces for its body. */
export interface DeclaredChecksum {
  readonly algorithm: ChecksumAlgorithm;
  /** Base64, or undefined where it follows in the trailer. */
  readonly value: string | undefined;
}

const BYTES: Readonly<Record<ChecksumAlgorithm, number>> = {
  CRC32: 4,
  CRC32C: 4,
  CRC64NVME: 8,
  SHA1: 20,
  SHA256: 32,
};

/** What the headers say of the body's checksum; at most one, as S3 wants it. */
export function declaredChecksum(headers: IncomingHttpHeaders): DeclaredChecksum | undefined {
  const trailer = headers['x-amz-trailer'];
  const found = CHECKSUM_ALGORITHMS.filter(
    (algorithm) => headers[checksumHeader(algorithm)] !== undefined || trailer === checksumHeader(algorithm),
  );
  const [algorithm] = found;
  if (found.length > 1)
    throw new S3Error('InvalidRequest', {
      message: 'Expecting a single x-amz-checksum- header. Multiple checksum Types are not allowed.',
    });
  if (algorithm === undefined) return nothingBehind(headers['x-amz-sdk-checksum-algorithm']);
  const value = headers[checksumHeader(algorithm)];
  if (typeof value !== 'string') return { algorithm, value: undefined };
  checkShape(algorithm, value);
  return { algorithm, value };
}

/** Refuses what is not base64 of the right length. */
export function checkShape(algorithm: ChecksumAlgorithm, value: string): void {
  const bytes = Buffer.from(value, 'base64');
  if (bytes.length !== BYTES[algorithm] || bytes.toString('base64') !== value)
    throw new S3Error('InvalidRequest', {
      message: `Value for ${checksumHeader(algorithm)} header is invalid.`,
    });
}

/** Whether the request carries a Content-MD5 or a checksum, which everything about Object Lock needs. */
export function isChecked(headers: IncomingHttpHeaders): boolean {
  return headers['content-md5'] !== undefined || declaredChecksum(headers) !== undefined;
}

function nothingBehind(sdkAlgorithm: string | string[] | undefined): undefined {
  if (sdkAlgorithm === undefined) return undefined;
  throw new S3Error('InvalidRequest', {
    message:
      'x-amz-sdk-checksum-algorithm specified, but no corresponding x-amz-checksum-* or x-amz-trailer headers were found.',
  });
}
