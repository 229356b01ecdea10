import type { Call } from '../call.ts';
import { type Answer, xmlAnswer } from '../protocol/answer.ts';
import { invalidArgument } from '../protocol/s3-error.ts';
import { element, xmlDocument } from '../protocol/write-xml.ts';
import { sliceSegments } from '../state/segments.ts';
import { copyBytes } from './copy-bytes.ts';
import { copySource } from './copy-source.ts';
import { findUpload, partNumberOf } from './find-upload.ts';
import { encryptionHeaders, versionHeader } from './object-headers.ts';
import { etagOf } from './store-object.ts';
import { keepPart, mustDecrypt } from './upload-part.ts';

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_UploadPartCopy.html */
export async function uploadPartCopy(call: Call): Promise<Answer> {
  const bucket = call.bucket();
  call.mustBeAllowed('s3:PutObject');
  const upload = findUpload(call, bucket);
  const partNumber = partNumberOf(call);
  mustDecrypt(call, upload);
  const source = copySource(call);
  const { start, end } = sourceRange(call.header('x-amz-copy-source-range'), source.object.size);
  call.mustFit(end - start);
  const algorithm = upload.checksum?.algorithm;
  const { file, digests } = await copyBytes(
    call,
    sliceSegments(source.object.segments, start, end),
    algorithm === undefined ? [] : [algorithm],
  );
  const etag = etagOf(digests.md5, upload.encryption);
  const { size, checksums } = digests;
  await keepPart(call, upload, { partNumber, file, size, etag, checksums, lastModified: call.now });
  return xmlAnswer(
    xmlDocument('CopyPartResult', [
      element('LastModified', new Date(call.now).toISOString()),
      element('ETag', `"${etag}"`),
      ...(algorithm === undefined ? [] : [element(`Checksum${algorithm}`, checksums[algorithm])]),
    ]),
    {
      ...encryptionHeaders(upload.encryption),
      'x-amz-copy-source-version-id': versionHeader(source.bucket, source.object)['x-amz-version-id'],
    },
  );
}

// Unlike Range, this one may not reach past the end.
function sourceRange(header: string | undefined, size: number) {
  if (header === undefined) return { start: 0, end: size };
  const [, first, last] = /^bytes=(\d+)-(\d+)$/.exec(header) ?? [];
  if (first === undefined || last === undefined)
    throw invalidArgument(
      'The x-amz-copy-source-range value must be of the form bytes=first-last where first and last are the zero-based offsets of the first and last bytes to copy',
      'x-amz-copy-source-range',
      header,
    );
  if (Number(first) > Number(last) || Number(last) >= size)
    throw invalidArgument(
      `Range specified is not valid for source object of size: ${size}`,
      'x-amz-copy-source-range',
      header,
    );
  return { start: Number(first), end: Number(last) + 1 };
}
