import type { Call } from '../call.ts';
import { type Answer, xmlAnswer } from '../protocol/answer.ts';
import { element, xmlDocument } from '../protocol/write-xml.ts';
import type { Upload } from '../state/upload.ts';
import { keyWriter, pageOf, pageSize } from './page.ts';

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListMultipartUploads.html */
export async function listMultipartUploads(call: Call): Promise<Answer> {
  const bucket = call.bucket();
  call.mustBeAllowed('s3:ListBucketMultipartUploads');
  const prefix = call.query('prefix') ?? '';
  const delimiter = call.query('delimiter') ?? '';
  const max = pageSize(call, 'max-uploads');
  const keyMarker = call.query('key-marker') ?? '';
  const idMarker = call.query('upload-id-marker') ?? '';
  const sorted = [...bucket.uploads.values()].toSorted(byKeyThenAge);
  const items = following(sorted, keyMarker, idMarker);
  const page = pageOf({ items, keyOf: ({ key }) => key, prefix, delimiter, max, after: keyMarker });
  const next = page.last;
  const write = keyWriter(call);
  return xmlAnswer(
    xmlDocument('ListMultipartUploadsResult', [
      element('Bucket', bucket.name),
      element('KeyMarker', write(keyMarker)),
      element('UploadIdMarker', idMarker),
      ...(next === undefined
        ? []
        : [
            element('NextKeyMarker', write('item' in next ? next.item.key : next.prefix)),
            element('NextUploadIdMarker', 'item' in next ? next.item.uploadId : ''),
          ]),
      element('Prefix', write(prefix)),
      element('Delimiter', delimiter === '' ? undefined : write(delimiter)),
      element('EncodingType', call.query('encoding-type')),
      element('MaxUploads', max),
      element('IsTruncated', next !== undefined),
      ...page.items.map((upload) => described(upload, write)),
      ...page.prefixes.map((one) => element('CommonPrefixes', [element('Prefix', write(one))])),
    ]),
  );
}

function byKeyThenAge(a: Upload, b: Upload): number {
  return Buffer.compare(Buffer.from(a.key), Buffer.from(b.key)) || a.initiated - b.initiated;
}

function following(sorted: readonly Upload[], keyMarker: string, idMarker: string): readonly Upload[] {
  if (keyMarker === '') return sorted;
  const at = sorted.findIndex(({ key, uploadId }) => key === keyMarker && uploadId === idMarker);
  if (at >= 0) return sorted.slice(at + 1);
  return sorted.filter(({ key }) => Buffer.compare(Buffer.from(key), Buffer.from(keyMarker)) > 0);
}

function described(upload: Upload, write: (key: string) => string) {
  return element('Upload', [
    element('Key', write(upload.key)),
    element('UploadId', upload.uploadId),
    element('StorageClass', upload.headers['x-amz-storage-class'] ?? 'STANDARD'),
    element('Initiated', new Date(upload.initiated).toISOString()),
    element('ChecksumAlgorithm', upload.checksum?.algorithm),
    element('ChecksumType', upload.checksum?.type),
  ]);
}
