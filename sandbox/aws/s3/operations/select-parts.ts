import { CHECKSUM_ALGORITHMS, type ChecksumAlgorithm, checksumElement } from '../body/checksum-algorithms.ts';
import { readXml } from '../protocol/read-xml.ts';
import { S3Error } from '../protocol/s3-error.ts';
import type { Part, Upload } from '../state/upload.ts';

/** A part as the client lists it for the completion. */
export interface ListedPart {
  readonly partNumber: number;
  /** Without quotes. */
  readonly etag: string;
  readonly checksums: ReadonlyMap<ChecksumAlgorithm, string>;
}

/** Reads the body of a completion. Throws MalformedXML. */
export function readPartList(text: string): readonly ListedPart[] {
  const listed = readXml(text, 'CompleteMultipartUpload').all('Part');
  if (listed.length === 0) throw new S3Error('MalformedXML');
  return listed.map((part) => {
    const number = part.value('PartNumber')?.trim() ?? '';
    const etag = part.value('ETag');
    if (!/^\d{1,5}$/.test(number) || etag === undefined) throw new S3Error('MalformedXML');
    const checksums = new Map(
      CHECKSUM_ALGORITHMS.flatMap((algorithm) => {
        const value = part.value(checksumElement(algorithm));
        return value === undefined ? [] : [[algorithm, value] as const];
      }),
    );
    return { partNumber: Number(number), etag: etag.trim().replaceAll('"', ''), checksums };
  });
}

/** The uploaded parts that were listed. Throws InvalidPartOrder, InvalidPart, EntityTooSmall and InvalidRequest. */
export function selectParts(
  upload: Upload,
  listed: readonly ListedPart[],
  minPartBytes: number,
): readonly Part[] {
  for (const [index, { partNumber }] of listed.entries())
    if (index > 0 && partNumber <= (listed[index - 1]?.partNumber ?? 0))
      throw new S3Error('InvalidPartOrder', { fields: { UploadId: upload.uploadId } });
  const parts = listed.map((one) => matching(upload, one));
  for (const [index, part] of parts.entries())
    if (index < parts.length - 1 && part.size < minPartBytes)
      throw new S3Error('EntityTooSmall', {
        fields: {
          ProposedSize: String(part.size),
          MinSizeAllowed: String(minPartBytes),
          PartNumber: String(part.partNumber),
          ETag: part.etag,
        },
      });
  return parts;
}

function matching(upload: Upload, listed: ListedPart): Part {
  const part = upload.parts.get(listed.partNumber);
  const wrong =
    part === undefined ||
    part.etag !== listed.etag ||
    [...listed.checksums].some(([algorithm, value]) => part.checksums[algorithm] !== value);
  if (wrong)
    throw new S3Error('InvalidPart', {
      fields: { UploadId: upload.uploadId, PartNumber: String(listed.partNumber), ETag: listed.etag },
    });
  const { checksum } = upload;
  if (checksum?.type === 'COMPOSITE' && !listed.checksums.has(checksum.algorithm))
    throw new S3Error('InvalidRequest', {
      message: `The upload was created using a ${checksum.algorithm.toLowerCase()} checksum. The complete request must include the checksum for each part. It was missing for part ${listed.partNumber} in the request.`,
    });
  return part;
}
