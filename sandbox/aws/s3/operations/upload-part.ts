import type { ChecksumAlgorithm } from '../body/checksum-algorithms.ts';
import type { Call } from '../call.ts';
import type { Answer } from '../protocol/answer.ts';
import { S3Error } from '../protocol/s3-error.ts';
import type { Part, Upload } from '../state/upload.ts';
import { findUpload, partNumberOf } from './find-upload.ts';
import { checksumHeaders, encryptionHeaders } from './object-headers.ts';
import { etagOf } from './store-object.ts';
import { mustBeChecked } from './write-settings.ts';

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_UploadPart.html */
export async function uploadPart(call: Call): Promise<Answer> {
  const bucket = call.bucket();
  call.mustBeAllowed('s3:PutObject');
  const upload = findUpload(call, bucket);
  const partNumber = partNumberOf(call);
  mustDecrypt(call, upload);
  mustBeChecked(call, upload.lock, 'Put Part');
  checkAlgorithm(upload, call.body.declared?.algorithm);
  call.mustFit(call.body.announcedLength());

  const file = call.place.bodies.newFile();
  const algorithms = upload.checksum === undefined ? [] : [upload.checksum.algorithm];
  const digests = await call.body.toFile(file, algorithms);
  const etag = etagOf(digests.md5, upload.encryption);
  const { size, checksums } = digests;
  await keepPart(call, upload, { partNumber, file, size, etag, checksums, lastModified: call.now });
  const algorithm = call.body.declared?.algorithm;
  const value = algorithm === undefined ? undefined : checksums[algorithm];
  const checksum =
    algorithm === undefined || value === undefined
      ? {}
      : { ...checksumHeaders({ algorithm, value, type: 'COMPOSITE' }), 'x-amz-checksum-type': undefined };
  return {
    status: 200,
    headers: { etag: `"${etag}"`, ...encryptionHeaders(upload.encryption), ...checksum },
  };
}

/** A part sent again replaces the one before. One that comes in while its upload ends is refused. */
export async function keepPart(call: Call, upload: Upload, part: Part): Promise<void> {
  if (!call.bucket().uploads.has(upload.uploadId)) {
    await call.place.bodies.remove([part.file]);
    throw new S3Error('NoSuchUpload', { fields: { UploadId: upload.uploadId } });
  }
  const before = upload.parts.get(part.partNumber);
  upload.parts.set(part.partNumber, part);
  call.place.bodies.keep(part.file, part.size);
  if (before !== undefined) await call.place.bodies.remove([before.file]);
}

/** An upload under KMS needs both permissions for every part. */
export function mustDecrypt(call: Call, upload: Upload): void {
  if (upload.encryption.algorithm !== 'AES256') call.mustBeAllowed('kms:GenerateDataKey', 'kms:Decrypt');
}

function checkAlgorithm(upload: Upload, declared: ChecksumAlgorithm | undefined): void {
  const expected = upload.checksum;
  if (expected === undefined || declared === expected.algorithm) return;
  // Without one S3 computes it, if the whole is what counts.
  if (declared === undefined && expected.type === 'FULL_OBJECT') return;
  throw new S3Error('InvalidRequest', {
    message: `Checksum Type mismatch occurred, expected checksum Type: ${expected.algorithm.toLowerCase()}, actual checksum Type: ${declared?.toLowerCase() ?? 'null'}`,
  });
}
