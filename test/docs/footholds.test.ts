import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { clouds } from '../../src/clouds/index.ts';
import { parseConfig } from '../../src/config.ts';
import { DEFAULT_FOOTHOLDS } from '../../src/core/foothold.ts';
import { digest } from '../../src/runtime/digest.ts';
import { podSecurityLevel } from '../../src/verbs/footholds/pod-security-level.ts';

const read = (path: string) => readFile(new URL(`../../${path}`, import.meta.url), 'utf8');
const namespaceSchema = z.looseObject({
  kind: z.literal('Namespace'),
  metadata: z.looseObject({ name: z.string() }),
});

test('deploy/footholds.yaml makes the namespaces that a cluster has by default, each with its level', async () => {
  const objects = (await read('deploy/footholds.yaml'))
    .split(/^---$/m)
    .map((text) => namespaceSchema.parse(parse(text)));
  expect(objects.map((object) => [object.metadata.name, podSecurityLevel(object)])).toEqual([
    [DEFAULT_FOOTHOLDS.namespace, 'restricted'],
    [DEFAULT_FOOTHOLDS.nodeNamespace, 'privileged'],
  ]);
});

test('docs/footholds.md shows keys that load, and the defaults that it names', async () => {
  const [, block = ''] = /```yaml\n(clusters:[^`]*)```/.exec(await read('docs/footholds.md')) ?? [];
  const text = block.replace('# …', 'provider: in-cluster');
  const written = parseConfig(`${text}evidence: {}\nchannels: {}\n`, {
    ...{ path: '/etc/firebreak/firebreak.yml', dataDir: '/data', verbs: [] },
    ...{ clouds, digest },
  });
  const [entry] = written.clusters;
  expect(entry?.toolImage).toMatch(/@sha256:/);
  expect(entry?.footholds).toEqual(DEFAULT_FOOTHOLDS);
  expect(entry?.isolation).toEqual({
    canary: { host: 'canary.example.com', port: 443 },
    proofEveryMs: 300_000,
  });
});

test('docs/footholds.md names the packages of the image, and what of it Docker builds', async () => {
  const text = await read('docs/footholds.md');
  const [, wanted = ''] = /^wanted='(.*)'$/m.exec(await read('deploy/tool-image/list-files.sh')) ?? [];
  expect(wanted.split(' ')).toHaveLength(6);
  for (const name of wanted.split(' ')) expect(text).toContain(`\`${name}\``);
  expect(text).toContain('--target list');
  expect(await read('deploy/tool-image/Dockerfile')).toMatch(/^FROM scratch AS list$/m);
});

test('.ci/run installs every package of the tool image', async () => {
  const [, installed = ''] = /^PACKAGES=\((.*)\)$/m.exec(await read('.ci/run')) ?? [];
  const [, wanted = ''] = /^wanted='(.*)'$/m.exec(await read('deploy/tool-image/list-files.sh')) ?? [];
  expect(installed.split(' ')).toEqual(expect.arrayContaining(wanted.split(' ')));
});
