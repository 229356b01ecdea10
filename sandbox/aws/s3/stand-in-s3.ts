import type { Readable } from 'node:stream';
import type { AccessKeys, S3AccessKey } from './access/access-keys.ts';
import type { Faults } from './faults/faults.ts';
import type { RecordedRequest } from './recorded-requests.ts';
import type { Bucket, Versioning } from './state/bucket.ts';
import type { DefaultRetention, Lock } from './state/lock.ts';
import type { ObjectVersion, StoredObject } from './state/object-version.ts';
import type { Upload } from './state/upload.ts';

/** A bucket to begin with. */
export interface BucketSeed {
  readonly name: string;
  /** 'off' when left out; Object Lock turns it on whatever is said here. */
  readonly versioning?: Versioning;
  /** 'off' when left out; a default retention turns it on. */
  readonly objectLock?: 'off' | 'on' | DefaultRetention;
}

/** A running stand-in. What tests look at is a snapshot; the bucket is the first one when left out. */
export interface StandInS3 extends AsyncDisposable {
  readonly endpoint: URL;
  /** The name of the first bucket. */
  readonly bucket: string;
  readonly region: string;
  /** The first access key, which may do everything unless told otherwise. */
  readonly accessKey: S3AccessKey;
  readonly accessKeys: AccessKeys;
  readonly faults: Faults;
  /** What a plain listing shows: the newest version of every key that is not deleted. */
  objects(bucket?: string): readonly StoredObject[];
  /** All versions and delete markers of a key, newest first. */
  versions(key: string, bucket?: string): readonly ObjectVersion[];
  /** Multipart uploads that nobody has completed or aborted. */
  uploads(bucket?: string): readonly Upload[];
  /** Every request in the order in which they came, the refused ones too. */
  requests(): readonly RecordedRequest[];
  /** The bytes of an object; the newest version when no id is given. Throws when there is none. */
  read(key: string, versionId?: string, bucket?: string): Promise<Buffer>;
  /** The same as a stream, for what is large. */
  stream(key: string, versionId?: string, bucket?: string): Readable;
  /** Changes the lock of a version behind the API's back, for what a test can't wait for. */
  setLock(key: string, versionId: string, lock: Lock, bucket?: string): void;
  addBucket(seed: BucketSeed): Bucket;
  /** The bucket is gone, objects and all, as if somebody else had deleted it. */
  dropBucket(name?: string): void;
  /** From now on the store takes so many bytes in all, parts of unfinished uploads counted; undefined for no end. */
  setCapacity(bytes: number | undefined): void;
  /** Mistakes of the stand-in itself, which it answered with InternalError. A test asks that there be none. */
  problems(): readonly unknown[];
}
