import { expect } from 'vitest';
import { evidenceStoreContract } from './evidence-store.ts';
import { PART_BYTES, s3Place } from './s3-place.ts';

for (const versioning of ['Enabled', 'off'] as const)
  evidenceStoreContract(`the S3 store, versioning ${versioning},`, async () => {
    const place = await s3Place({ buckets: [{ name: 'evidence', versioning }] });
    const full = await s3Place({ capacityBytes: 512 * 1024 });
    return {
      store: place.store(),
      other: place.store(),
      small: async () => full.store(),
      reachesMediumBytes: PART_BYTES,
      settled: async () => {
        await expect.poll(() => place.s3.uploads().every(({ parts }) => parts.size > 0)).toBe(true);
      },
      clean: async () => {
        expect(place.s3.problems()).toEqual([]);
        expect(full.s3.problems()).toEqual([]);
        await place[Symbol.asyncDispose]();
        await full[Symbol.asyncDispose]();
      },
    };
  });
