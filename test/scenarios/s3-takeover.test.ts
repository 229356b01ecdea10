import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test, vi } from 'vitest';
import type { FaultRule } from '../../sandbox/aws/s3/faults/fault.ts';
import { SEED_PEOPLE } from '../../sandbox/slack/workspace-seed.ts';
import { addLargeFile, amazonOf } from './amazon-scene.ts';
import { downloadEvidence } from './download-evidence.ts';
import { startScenario } from './scenario.ts';

vi.setConfig({ maxConcurrency: 3, testTimeout: 150_000 });

const FILES = /\/files\.tar$/u;

/** Where a worker is killed: what S3 has not done yet, or has done without having said so. */
const POINTS: readonly (readonly [string, Omit<FaultRule, 'times'>])[] = [
  ['in its first object', { operation: 'PutObject', fault: { kind: 'hold in the body', afterBytes: 100 } }],
  [
    'in a part',
    {
      operation: 'UploadPart',
      key: FILES,
      partNumber: 2,
      fault: { kind: 'hold in the body', afterBytes: 9_000_000 },
    },
  ],
  ['before the completion', { operation: 'CompleteMultipartUpload', fault: { kind: 'hold before' } }],
  [
    'after the completion, before its answer',
    { operation: 'CompleteMultipartUpload', fault: { kind: 'hold answer' } },
  ],
  [
    'before the manifest',
    { operation: 'PutObject', key: /\/manifest\.json$/u, fault: { kind: 'hold before' } },
  ],
];

describe('a worker that is killed while it writes to S3', () => {
  test.concurrent.for(POINTS)(
    '%s leaves a complete bundle and no orphan to its successor',
    async ([, rule], { skip }) => {
      await using scenario = await startScenario({ amazon: {} });
      const { cluster } = scenario.incident;
      if (cluster.containers === 'no shell') skip(cluster.containersReason);
      const { s3 } = amazonOf(scenario);
      addLargeFile(cluster);
      await using first = await scenario.start();
      const held = s3.faults.next(rule);
      const card = await scenario.ask('acquire eks prod-cluster pod/x');
      await scenario.press(card, 'Approve', SEED_PEOPLE.approver.id);
      await held.reached;
      await using _second = await scenario.start();
      await first.kill('SIGKILL');
      held.release();
      expect(await scenario.reached(card.run, 'succeeded', 'incomplete', 'failed')).toBe('succeeded');
      const folder = await downloadEvidence(s3, join(scenario.dataDir, 'look'));
      const bundle = join(folder, card.run.replace(/-\d+$/, ''), card.run);
      const manifest: unknown = JSON.parse(readFileSync(join(bundle, 'manifest.json'), 'utf8'));
      expect(manifest).toMatchObject({ completeness: 'complete' });
      execFileSync('sha256sum', ['-c', 'SHA256SUMS'], { cwd: bundle, stdio: 'pipe' });
      expect(s3.uploads()).toEqual([]);
      expect(s3.problems()).toEqual([]);
      expect(scenario.messages(card.run, 'card')).toHaveLength(1);
      expect(await scenario.violations()).toEqual([]);
    },
  );
});
