import { randomBytes } from 'node:crypto';
import { CHECKSUM_ALGORITHMS } from '../body/checksum-algorithms.ts';
import type { Call } from '../call.ts';
import { type Answer, xmlAnswer } from '../protocol/answer.ts';
import { S3Error } from '../protocol/s3-error.ts';
import { element, xmlDocument } from '../protocol/write-xml.ts';
import type { Upload } from '../state/upload.ts';
import { encryptionHeaders } from './object-headers.ts';
import { writeSettings } from './write-settings.ts';

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_CreateMultipartUpload.html */
export async function createMultipartUpload(call: Call): Promise<Answer> {
  const bucket = call.bucket();
  call.mustBeAllowed('s3:PutObject');
  const checksum = checksumOf(call);
  const upload: Upload = {
    uploadId: randomBytes(48).toString('base64url'),
    key: call.key,
    initiated: call.now,
    checksum,
    parts: new Map(),
    ...writeSettings(call, bucket),
  };
  bucket.uploads.set(upload.uploadId, upload);
  return xmlAnswer(
    xmlDocument('InitiateMultipartUploadResult', [
      element('Bucket', bucket.name),
      element('Key', upload.key),
      element('UploadId', upload.uploadId),
    ]),
    {
      ...encryptionHeaders(upload.encryption),
      'x-amz-checksum-algorithm': checksum?.algorithm,
      'x-amz-checksum-type': checksum?.type,
    },
  );
}

/**
 * SHA-1 and SHA-256 can only be composite, CRC64NVME only of the full object, and composite is the default of the rest.
 * Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity-upload.html
 */
function checksumOf(call: Call): Upload['checksum'] {
  const name = call.header('x-amz-checksum-algorithm')?.toUpperCase();
  const asked = call.header('x-amz-checksum-type')?.toUpperCase();
  if (name === undefined) {
    if (asked === undefined) return undefined;
    throw refused(
      'The x-amz-checksum-type header can only be used with the x-amz-checksum-algorithm header.',
    );
  }
  const algorithm = CHECKSUM_ALGORITHMS.find((one) => one === name);
  if (algorithm === undefined)
    throw refused(
      `Checksum algorithm provided is unsupported. Please try again with any of the valid types: [${CHECKSUM_ALGORITHMS.join(', ')}]`,
    );
  const type = asked ?? (algorithm === 'CRC64NVME' ? 'FULL_OBJECT' : 'COMPOSITE');
  const wrong =
    (type === 'COMPOSITE' && algorithm === 'CRC64NVME') ||
    (type === 'FULL_OBJECT' && algorithm.startsWith('SHA'));
  if (wrong || (type !== 'COMPOSITE' && type !== 'FULL_OBJECT'))
    throw refused(
      `The ${type} checksum type cannot be used with the ${algorithm.toLowerCase()} checksum algorithm.`,
    );
  return { algorithm, type };
}

function refused(message: string): S3Error {
  return new S3Error('InvalidRequest', { message });
}
