import { CHECKSUM_ALGORITHMS, checksumElement } from '../body/checksum-algorithms.ts';
import type { Call } from '../call.ts';
import { type Answer, xmlAnswer } from '../protocol/answer.ts';
import { invalidArgument } from '../protocol/s3-error.ts';
import { element, xmlDocument } from '../protocol/write-xml.ts';
import { type Part, partsInOrder } from '../state/upload.ts';
import { findUpload } from './find-upload.ts';
import { pageSize } from './page.ts';

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListParts.html */
export async function listParts(call: Call): Promise<Answer> {
  const bucket = call.bucket();
  call.mustBeAllowed('s3:ListMultipartUploadParts');
  const upload = findUpload(call, bucket);
  const max = pageSize(call, 'max-parts');
  const marker = call.query('part-number-marker') ?? '0';
  if (!/^\d{1,5}$/.test(marker))
    throw invalidArgument('Argument partNumberMarker must be an integer', 'part-number-marker', marker);
  const following = partsInOrder(upload).filter(({ partNumber }) => partNumber > Number(marker));
  const page = following.slice(0, max);
  return xmlAnswer(
    xmlDocument('ListPartsResult', [
      element('Bucket', bucket.name),
      element('Key', upload.key),
      element('UploadId', upload.uploadId),
      element('StorageClass', upload.headers['x-amz-storage-class'] ?? 'STANDARD'),
      element('ChecksumAlgorithm', upload.checksum?.algorithm),
      element('ChecksumType', upload.checksum?.type),
      element('PartNumberMarker', marker),
      element('NextPartNumberMarker', page.at(-1)?.partNumber ?? 0),
      element('MaxParts', max),
      element('IsTruncated', following.length > page.length),
      ...page.map(described),
    ]),
  );
}

function described(part: Part) {
  return element('Part', [
    element('PartNumber', part.partNumber),
    element('LastModified', new Date(part.lastModified).toISOString()),
    element('ETag', `"${part.etag}"`),
    element('Size', part.size),
    ...CHECKSUM_ALGORITHMS.map((algorithm) => element(checksumElement(algorithm), part.checksums[algorithm])),
  ]);
}
