import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { z } from 'zod';
import { startS3 } from '../../sandbox/aws/s3/start-s3.ts';

const MIB = 1024 ** 2;
const report = z.object({ bytes: z.number(), restMiB: z.number(), peakMiB: z.number(), seconds: z.number() });

it('streams 512 MiB with the memory of a few parts', async () => {
  const folder = mkdtempSync(join(tmpdir(), 's3-memory-'));
  await using s3 = await startS3({ folder });
  const child = fork(join(import.meta.dirname, 's3-writer-process.ts'), {
    // As bin/restricted-node.mjs starts Firebreak.
    execArgv: ['--max-semi-space-size=2'],
    env: {
      ...process.env,
      MALLOC_ARENA_MAX: '2',
      MALLOC_MMAP_THRESHOLD_: '131072',
      MALLOC_TRIM_THRESHOLD_: '131072',
      S3_ENDPOINT: s3.endpoint.href,
      S3_KEY: JSON.stringify(s3.accessKey),
      S3_BYTES: String(512 * MIB),
    },
  });
  try {
    const [message]: unknown[] = await once(child, 'message');
    const { bytes, restMiB, peakMiB, seconds } = report.parse(message);
    console.log(
      `512 MiB into S3: ${restMiB} MiB at rest, ${peakMiB} MiB at the peak, ${Math.round(512 / seconds)} MiB/s`,
    );
    expect(bytes).toBe(512 * MIB);
    expect(s3.objects()[0]?.size).toBe(512 * MIB);
    expect(peakMiB - restMiB).toBeLessThan(128);
  } finally {
    child.kill();
    rmSync(folder, { recursive: true, force: true });
  }
}, 120_000);
