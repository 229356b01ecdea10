import type { Call } from '../call.ts';
import { type Answer, xmlAnswer } from '../protocol/answer.ts';
import { invalidArgument, S3Error } from '../protocol/s3-error.ts';
import { element, xmlDocument } from '../protocol/write-xml.ts';
import type { Bucket } from '../state/bucket.ts';
import type { StoredObject } from '../state/object-version.ts';
import { wholeFile } from '../state/segments.ts';
import { findUpload } from './find-upload.ts';
import { multipartChecksum } from './multipart-checksum.ts';
import { encryptionHeaders, versionHeader } from './object-headers.ts';
import { readPartList, selectParts } from './select-parts.ts';
import { checkWriteConditions, multipartEtag, storeObject } from './store-object.ts';
import { mustDecrypt } from './upload-part.ts';

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_CompleteMultipartUpload.html */
export async function completeMultipartUpload(call: Call): Promise<Answer> {
  const bucket = call.bucket();
  call.mustBeAllowed('s3:PutObject');
  const again = bucket.completed.get(call.query('uploadId') ?? '');
  if (again !== undefined && call.place.completedUploads === 'remembered') return answer(bucket, again);
  const upload = findUpload(call, bucket);
  mustDecrypt(call, upload);
  const listed = readPartList(await call.body.toText());
  const parts = selectParts(upload, listed, call.place.minPartBytes);
  const size = parts.reduce((sum, part) => sum + part.size, 0);
  checkSize(call, size);
  const checksum = await multipartChecksum(call, upload, parts);
  checkWriteConditions(call, bucket);

  // From here on nothing waits: two completions at once can't both find the upload.
  if (!bucket.uploads.delete(upload.uploadId))
    throw new S3Error('NoSuchUpload', { fields: { UploadId: upload.uploadId } });
  const object: StoredObject = {
    kind: 'object',
    key: upload.key,
    versionId: bucket.newVersionId(),
    lastModified: call.now,
    size,
    etag: multipartEtag(parts.map((part) => part.etag)),
    segments: parts.flatMap((part) => wholeFile(part.file, part.size)),
    headers: upload.headers,
    encryption: upload.encryption,
    checksum: checksum.whole,
    parts: checksum.parts,
    lock: upload.lock,
  };
  bucket.completed.set(upload.uploadId, object);
  const used = new Set(parts);
  const unused = [...upload.parts.values()].filter((part) => !used.has(part));
  await storeObject(call, bucket, object);
  await call.place.bodies.remove(unused.map(({ file }) => file));
  return answer(bucket, object);
}

function checkSize(call: Call, size: number): void {
  const text = call.header('x-amz-mp-object-size');
  if (text === undefined) return;
  if (!/^\d+$/.test(text)) throw invalidArgument('Invalid object size', 'x-amz-mp-object-size', text);
  if (Number(text) !== size)
    throw new S3Error('InvalidRequest', {
      message: `The provided 'x-amz-mp-object-size' header value ${text} does not match what was computed: ${size}`,
    });
}

function answer(bucket: Bucket, object: StoredObject): Answer {
  return xmlAnswer(
    xmlDocument('CompleteMultipartUploadResult', [
      element('Location', `http://localhost/${bucket.name}/${object.key}`),
      element('Bucket', bucket.name),
      element('Key', object.key),
      element('ETag', `"${object.etag}"`),
      ...(object.checksum === undefined
        ? []
        : [
            element(`Checksum${object.checksum.algorithm}`, object.checksum.value),
            element('ChecksumType', object.checksum.type),
          ]),
    ]),
    { ...encryptionHeaders(object.encryption), ...versionHeader(bucket, object) },
  );
}
