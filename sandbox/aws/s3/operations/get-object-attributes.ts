import { checksumElement } from '../body/checksum-algorithms.ts';
import type { Call } from '../call.ts';
import { type Answer, xmlAnswer } from '../protocol/answer.ts';
import { element, type Xml, xmlDocument } from '../protocol/write-xml.ts';
import type { StoredObject } from '../state/object-version.ts';
import { findObject } from './find-object.ts';
import { versionHeader } from './object-headers.ts';

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObjectAttributes.html */
export async function getObjectAttributes(call: Call): Promise<Answer> {
  const bucket = call.bucket();
  call.mustBeAllowed('s3:GetObject', 's3:GetObjectAttributes');
  const object = findObject(call, bucket);
  const wanted = (call.header('x-amz-object-attributes') ?? '').split(',').map((name) => name.trim());
  const found: readonly (readonly [string, Xml])[] = [
    ['ETag', element('ETag', object.etag)],
    ['Checksum', checksumOf(object)],
    ['ObjectParts', partsOf(object)],
    ['StorageClass', element('StorageClass', object.headers['x-amz-storage-class'] ?? 'STANDARD')],
    ['ObjectSize', element('ObjectSize', object.size)],
  ];
  const shown = found.filter(([name]) => wanted.includes(name)).map(([, xml]) => xml);
  return xmlAnswer(xmlDocument('GetObjectAttributesResponse', shown), {
    'last-modified': new Date(object.lastModified).toUTCString(),
    ...versionHeader(bucket, object),
  });
}

function checksumOf({ checksum }: StoredObject): Xml {
  if (checksum === undefined) return { xml: '' };
  return element('Checksum', [
    element(checksumElement(checksum.algorithm), checksum.value),
    element('ChecksumType', checksum.type),
  ]);
}

function partsOf({ parts }: StoredObject): Xml {
  if (parts === undefined) return { xml: '' };
  const each = parts.map(({ partNumber, size, checksum }) =>
    element('Part', [
      element('PartNumber', partNumber),
      element('Size', size),
      ...(checksum === undefined ? [] : [element(checksumElement(checksum.algorithm), checksum.value)]),
    ]),
  );
  return element('ObjectParts', [
    element('IsTruncated', false),
    element('MaxParts', 1000),
    element('NextPartNumberMarker', parts.length),
    element('PartNumberMarker', 0),
    element('PartsCount', parts.length),
    ...each,
  ]);
}
