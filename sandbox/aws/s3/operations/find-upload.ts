import type { Call } from '../call.ts';
import { invalidArgument, S3Error } from '../protocol/s3-error.ts';
import type { Bucket } from '../state/bucket.ts';
import type { Upload } from '../state/upload.ts';

const MAX_PARTS = 10_000;

/** The upload that the request names, of the same key. Throws NoSuchUpload. */
export function findUpload(call: Call, bucket: Bucket): Upload {
  const uploadId = call.query('uploadId') ?? '';
  const upload = bucket.uploads.get(uploadId);
  if (upload === undefined || upload.key !== call.key)
    throw new S3Error('NoSuchUpload', { fields: { UploadId: uploadId } });
  return upload;
}

/** Throws InvalidArgument for anything but 1 to 10,000. */
export function partNumberOf(call: Call): number {
  const text = call.query('partNumber') ?? '';
  const number = /^\d{1,5}$/.test(text) ? Number(text) : 0;
  if (number >= 1 && number <= MAX_PARTS) return number;
  throw invalidArgument('Part number must be an integer between 1 and 10000, inclusive', 'partNumber', text);
}
