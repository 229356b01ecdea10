import {
  CHECKSUM_ALGORITHMS,
  type ChecksumAlgorithm,
  checksumHeader,
  compositeChecksum,
  newChecksum,
} from '../body/checksum-algorithms.ts';
import type { Call } from '../call.ts';
import { S3Error } from '../protocol/s3-error.ts';
import type { CompletedPart, ObjectChecksum } from '../state/object-version.ts';
import { readSegments, wholeFile } from '../state/segments.ts';
import type { Part, Upload } from '../state/upload.ts';

/** The checksum of the finished object and of its parts. Throws BadDigest where the client expected another. */
export async function multipartChecksum(call: Call, upload: Upload, parts: readonly Part[]) {
  // Without an algorithm S3 makes a CRC64NVME of the whole.
  const { algorithm, type } = upload.checksum ?? ({ algorithm: 'CRC64NVME', type: 'FULL_OBJECT' } as const);
  const ofParts = parts.map((part) => part.checksums[algorithm] ?? '');
  const value =
    type === 'COMPOSITE' ? compositeChecksum(algorithm, ofParts) : await ofWholeObject(algorithm, parts);
  const whole: ObjectChecksum = { algorithm, value, type };
  checkExpected(call, whole);
  const completed = parts.map((part, index): CompletedPart => {
    const own = part.checksums[algorithm];
    const checksum = own === undefined ? undefined : ({ algorithm, value: own, type } as const);
    return { partNumber: index + 1, size: part.size, checksum };
  });
  return { whole, parts: completed };
}

async function ofWholeObject(algorithm: ChecksumAlgorithm, parts: readonly Part[]): Promise<string> {
  const checksum = newChecksum(algorithm);
  const segments = parts.flatMap((part) => wholeFile(part.file, part.size));
  for await (const data of readSegments(segments)) if (data instanceof Uint8Array) checksum.update(data);
  return checksum.digest();
}

function checkExpected(call: Call, whole: ObjectChecksum): void {
  for (const algorithm of CHECKSUM_ALGORITHMS) {
    const expected = call.header(checksumHeader(algorithm));
    if (expected === undefined) continue;
    if (algorithm !== whole.algorithm)
      throw new S3Error('InvalidRequest', {
        message: `Checksum Type mismatch occurred, expected checksum Type: ${whole.algorithm.toLowerCase()}, actual checksum Type: ${algorithm.toLowerCase()}`,
      });
    // A composite value may come with or without the number of parts.
    if (expected !== whole.value && expected !== whole.value.replace(/-\d+$/, ''))
      throw new S3Error('BadDigest', {
        message: `The ${algorithm} you specified did not match the calculated checksum.`,
      });
  }
}
