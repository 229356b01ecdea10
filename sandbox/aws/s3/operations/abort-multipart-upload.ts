import type { Call } from '../call.ts';
import type { Answer } from '../protocol/answer.ts';
import { findUpload } from './find-upload.ts';

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_AbortMultipartUpload.html */
export async function abortMultipartUpload(call: Call): Promise<Answer> {
  const bucket = call.bucket();
  call.mustBeAllowed('s3:AbortMultipartUpload');
  const upload = findUpload(call, bucket);
  bucket.uploads.delete(upload.uploadId);
  await call.place.bodies.remove([...upload.parts.values()].map(({ file }) => file));
  return { status: 204 };
}
