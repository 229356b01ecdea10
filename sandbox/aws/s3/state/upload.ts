import type { ChecksumAlgorithm } from '../body/checksum-algorithms.ts';
import type { Lock } from './lock.ts';
import type { ChecksumType, Encryption, StoredHeaders } from './object-version.ts';

export interface Part {
  readonly partNumber: number;
  readonly file: string;
  readonly size: number;
  /** Without quotes. */
  readonly etag: string;
  /** Base64, by algorithm. */
  readonly checksums: Readonly<Partial<Record<ChecksumAlgorithm, string>>>;
  readonly lastModified: number;
}

/** A multipart upload that is under way. */
export interface Upload {
  readonly uploadId: string;
  readonly key: string;
  readonly initiated: number;
  readonly headers: StoredHeaders;
  readonly encryption: Encryption;
  readonly lock: Lock;
  /** What the creator asked for; undefined when nothing. */
  readonly checksum: { readonly algorithm: ChecksumAlgorithm; readonly type: ChecksumType } | undefined;
  readonly parts: Map<number, Part>;
}

export function partsInOrder(upload: Upload): readonly Part[] {
  return [...upload.parts.values()].toSorted((a, b) => a.partNumber - b.partNumber);
}
