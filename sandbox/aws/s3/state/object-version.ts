import type { ChecksumAlgorithm } from '../body/checksum-algorithms.ts';
import type { Lock } from './lock.ts';
import type { Segment } from './segments.ts';

export type ChecksumType = 'COMPOSITE' | 'FULL_OBJECT';

export interface ObjectChecksum {
  readonly algorithm: ChecksumAlgorithm;
  /** Base64; `<base64>-<parts>` when composite. */
  readonly value: string;
  readonly type: ChecksumType;
}

/** How the object is encrypted, as S3 says it in its headers. */
export type Encryption =
  | { readonly algorithm: 'AES256' }
  | { readonly algorithm: 'aws:kms' | 'aws:kms:dsse'; readonly keyArn: string; readonly bucketKey: boolean };

/** Headers that S3 stores with an object and gives back, content-type and x-amz-meta-* among them. */
export type StoredHeaders = Readonly<Record<string, string>>;

export interface CompletedPart {
  readonly partNumber: number;
  readonly size: number;
  readonly checksum: ObjectChecksum | undefined;
}

interface AnyVersion {
  readonly key: string;
  /** 'null' in a bucket that is not versioned. */
  readonly versionId: string;
  /** Milliseconds since the epoch. */
  readonly lastModified: number;
}

export interface StoredObject extends AnyVersion {
  readonly kind: 'object';
  readonly size: number;
  /** Without quotes. */
  readonly etag: string;
  readonly segments: readonly Segment[];
  readonly headers: StoredHeaders;
  readonly encryption: Encryption;
  readonly checksum: ObjectChecksum | undefined;
  /** Of a multipart upload; undefined for an object that was put whole. */
  readonly parts: readonly CompletedPart[] | undefined;
  readonly lock: Lock;
}

export interface DeleteMarker extends AnyVersion {
  readonly kind: 'delete marker';
}

export type ObjectVersion = StoredObject | DeleteMarker;
