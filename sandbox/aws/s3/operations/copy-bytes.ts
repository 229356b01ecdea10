import { createWriteStream } from 'node:fs';
import { rm } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import type { ChecksumAlgorithm } from '../body/checksum-algorithms.ts';
import { DigestStream, type Digests } from '../body/digest-stream.ts';
import type { Call } from '../call.ts';
import { readSegments, type Segment } from '../state/segments.ts';

/** Copies the segments into a file of their own, which belongs to the caller. */
export async function copyBytes(
  call: Call,
  segments: readonly Segment[],
  algorithms: readonly ChecksumAlgorithm[],
): Promise<{ readonly file: string; readonly digests: Digests }> {
  const file = call.place.bodies.newFile();
  const digest = new DigestStream(algorithms, 'payload not signed');
  try {
    await pipeline(readSegments(segments), digest, createWriteStream(file));
  } catch (error) {
    await rm(file, { force: true });
    throw error;
  }
  const digests = digest.digests();
  call.place.bodies.keep(file, digests.size);
  return { file, digests };
}
