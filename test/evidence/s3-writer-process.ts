import { z } from 'zod';
import { createS3Store } from '../../src/evidence/s3-store.ts';
import { systemClock } from '../../src/runtime/system-clock.ts';
import { memoryUploadJournal } from '../contracts/memory-upload-journal.ts';

/** A process of its own that streams S3_BYTES into S3 and tells its parent how much memory that took. */
const key = z
  .object({ accessKeyId: z.string(), secretAccessKey: z.string() })
  .parse(JSON.parse(process.env['S3_KEY'] ?? ''));
const total = Number(process.env['S3_BYTES']);
const MIB = 1024 ** 2;
const never = new AbortController().signal;
const BUNDLE = 'FB-2026-0007/FB-2026-0007-1';

const store = createS3Store({
  settings: {
    bucket: 'evidence',
    region: 'us-east-1',
    prefix: '',
    endpoint: process.env['S3_ENDPOINT'] ?? '',
    forcePathStyle: true,
  },
  credentials: { provide: async () => key, forget: () => undefined },
  journal: memoryUploadJournal(),
  clock: systemClock,
});

const residentMiB = (): number => Math.round(process.memoryUsage().rss / MIB);
await store.check(never);
const restMiB = residentMiB();
let peakMiB = restMiB;
const started = performance.now();
const writer = await store.create(BUNDLE, 'files.tar', never);
for (let sent = 0; sent < total; sent += 32_768) {
  // As frames come from an exec: each a buffer of its own.
  await writer.write(Buffer.alloc(32_768, sent % 251));
  if (sent % MIB === 0) peakMiB = Math.max(peakMiB, residentMiB());
}
const { bytes } = await writer.close();
const seconds = (performance.now() - started) / 1_000;
process.send?.({ bytes, restMiB, peakMiB: Math.max(peakMiB, residentMiB()), seconds });
process.disconnect();
