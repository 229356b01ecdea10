import { createWriteStream } from 'node:fs';
import { mkdir, rm, utimes } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { StandInS3 } from '../../sandbox/aws/s3/stand-in-s3.ts';
import { S3_PREFIX } from '../../sandbox/incident/start-amazon.ts';

/** Writes every object that a plain listing shows below a folder, as `aws s3 cp --recursive` would; returns the folder. */
export const downloadEvidence = async (s3: StandInS3, folder: string): Promise<string> => {
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  for (const { key, lastModified } of s3.objects()) {
    const path = join(folder, key.slice(S3_PREFIX.length));
    await mkdir(dirname(path), { recursive: true });
    await pipeline(s3.stream(key), createWriteStream(path));
    await utimes(path, lastModified / 1_000, lastModified / 1_000);
  }
  return folder;
};
