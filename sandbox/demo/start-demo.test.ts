import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { startDemo } from './start-demo.ts';

const configSchema = z.looseObject({
  channels: z.record(
    z.string(),
    z.looseObject({ rules: z.array(z.looseObject({ verbs: z.array(z.string()) })) }),
  ),
});

let dataDir: string;
beforeEach(() => {
  dataDir = mkdtempSync(join(tmpdir(), 'demo-'));
});
afterEach(() => rmSync(dataDir, { recursive: true, force: true }));

describe('the demo', () => {
  test('starts where there are no processes, and says in one sentence what it leaves out', async () => {
    const demo = await startDemo({ dataDir, cluster: { containers: 'no shell' } });
    await using _incident = demo.incident;
    expect(demo.isolation).toBe('left out');
    expect(demo.leftOut).toMatch(
      /^Containers have no processes here \(.+\), so .+ no isolation is played\.$/,
    );
  });

  test('lets people hold, isolate, contain and release, and has where footholds go', async () => {
    const demo = await startDemo({ dataDir, cluster: { containers: 'no shell' } });
    await using incident = demo.incident;
    const { channels } = configSchema.parse(parse(readFileSync(incident.configPath, 'utf8')));
    const verbs = Object.values(channels).flatMap(({ rules }) => rules.flatMap((rule) => rule.verbs));
    expect(verbs).toEqual(
      expect.arrayContaining(['hold', 'unhold', 'isolate', 'release', 'contain', 'undo']),
    );
    for (const [name, level] of [
      ['firebreak-footholds', 'restricted'],
      ['firebreak-node-footholds', 'privileged'],
    ])
      expect(
        incident.cluster.object({ group: '', resource: 'namespaces', namespace: '', name: name ?? '' })
          ?.metadata.labels,
      ).toMatchObject({ 'pod-security.kubernetes.io/enforce': level });
  });
});
