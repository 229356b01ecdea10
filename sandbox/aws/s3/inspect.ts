import type { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import type { Place } from './call.ts';
import type { BucketSeed, StandInS3 } from './stand-in-s3.ts';
import { Bucket } from './state/bucket.ts';
import type { StoredObject } from './state/object-version.ts';
import { readSegments } from './state/segments.ts';

type Looking = Pick<
  StandInS3,
  'objects' | 'versions' | 'uploads' | 'read' | 'stream' | 'setLock' | 'addBucket' | 'dropBucket'
>;

/** What tests see and do without asking over HTTP. */
export function inspect(place: Place, clock: () => Date, first: string): Looking {
  const bucketOf = (name = first): Bucket => {
    const bucket = place.buckets.get(name);
    if (bucket === undefined) throw new Error(`no bucket ${name}`);
    return bucket;
  };
  const find = (key: string, versionId: string | undefined, name: string | undefined): StoredObject => {
    const bucket = bucketOf(name);
    const found = versionId === undefined ? bucket.current(key) : bucket.version(key, versionId);
    if (found?.kind !== 'object') throw new Error(`no object ${key} in ${bucket.name}`);
    return found;
  };
  const stream = (key: string, versionId?: string, name?: string): Readable =>
    readSegments(find(key, versionId, name).segments);
  return {
    objects: (name) => {
      const bucket = bucketOf(name);
      return bucket.keys().flatMap((key) => bucket.current(key) ?? []);
    },
    versions: (key, name) => [...bucketOf(name).versions(key)],
    uploads: (name) => [...bucketOf(name).uploads.values()],
    stream,
    read: (key, versionId, name) => buffer(stream(key, versionId, name)),
    setLock: (key, versionId, lock, name) => bucketOf(name).change(find(key, versionId, name), lock),
    addBucket: (seed) => {
      const bucket = newBucket(seed, place.region, clock().getTime());
      place.buckets.set(bucket.name, bucket);
      return bucket;
    },
    dropBucket: (name = first) => {
      place.buckets.delete(name);
    },
  };
}

function newBucket(seed: BucketSeed, region: string, now: number): Bucket {
  const bucket = new Bucket(seed.name, region, now);
  bucket.versioning = seed.versioning ?? 'off';
  const lock = seed.objectLock ?? 'off';
  if (lock === 'off') return bucket;
  bucket.versioning = 'Enabled';
  bucket.objectLock = { defaultRetention: lock === 'on' ? undefined : lock };
  return bucket;
}
