import type { StandInS3 } from '../../sandbox/aws/s3/stand-in-s3.ts';
import type { S3Options } from '../../sandbox/aws/s3/start-s3.ts';
import { s3ForTest } from '../../sandbox/aws/s3/testing/s3-for-test.ts';
import type { EvidenceStore } from '../../src/core/evidence.ts';
import type { S3Settings } from '../../src/evidence/s3/s3-settings.ts';
import { createS3Store, type S3StoreOptions } from '../../src/evidence/s3-store.ts';
import { systemClock } from '../../src/runtime/system-clock.ts';
import { type MemoryUploadJournal, memoryUploadJournal } from './memory-upload-journal.ts';

/** A bucket, and stores that keep evidence in it as several processes would. */
export interface S3Place extends AsyncDisposable {
  readonly s3: StandInS3;
  readonly journal: MemoryUploadJournal;
  store(settings?: Partial<S3Settings>, options?: Partial<S3StoreOptions>): EvidenceStore;
}

export const PREFIX = 'firebreak/';
/** As small as S3 takes parts, so that tests need few bytes. */
export const PART_BYTES = 5 * 1024 ** 2;

export async function s3Place(options: Partial<S3Options> = {}): Promise<S3Place> {
  const held = await s3ForTest({ buckets: [{ name: 'evidence', versioning: 'Enabled' }], ...options });
  const { s3 } = held;
  const journal = memoryUploadJournal();
  return {
    s3,
    journal,
    store: (settings = {}, more = {}) =>
      createS3Store({
        settings: {
          bucket: s3.bucket,
          region: s3.region,
          prefix: PREFIX,
          endpoint: s3.endpoint.href,
          forcePathStyle: true,
          ...settings,
        },
        credentials: { provide: async () => s3.accessKey, forget: () => undefined },
        journal,
        clock: systemClock,
        attempts: 2,
        partBytes: PART_BYTES,
        ...more,
      }),
    [Symbol.asyncDispose]: () => held[Symbol.asyncDispose](),
  };
}
