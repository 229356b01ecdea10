import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { inCluster } from '../../src/clouds/in-cluster.ts';
import { clouds } from '../../src/clouds/index.ts';
import { kubeconfigOptionsSchema } from '../../src/clouds/kubeconfig/kubeconfig-options.ts';
import { parseConfig } from '../../src/config.ts';
import { digest } from '../../src/runtime/digest.ts';
import { verbs } from '../../src/verbs/index.ts';

const read = (name: string) => readFile(new URL(`../../docs/${name}`, import.meta.url), 'utf8');
const blocks = (text: string): readonly string[] =>
  [...text.matchAll(/^```yaml\n(.*?)^```/gms)].map(([, block = '']) => block);
const providersIn = (block: string): readonly string[] =>
  parseConfig(`${block}channels: {}\n`, {
    path: '/etc/firebreak/firebreak.yml',
    dataDir: '/data',
    ...{ clouds, verbs, digest },
  }).clusters.map(({ provider }) => provider);

const podSchema = z.object({
  metadata: z.object({ namespace: z.string() }),
  spec: z.object({
    template: z.object({
      spec: z.object({
        serviceAccountName: z.string(),
        automountServiceAccountToken: z.literal(true),
      }),
    }),
  }),
});

test('docs/in-cluster.md loads, and its pod runs as the service account that is granted', async () => {
  const [configuration = '', deployment = ''] = blocks(await read('in-cluster.md'));
  expect(providersIn(configuration)).toEqual(['in-cluster']);
  const { metadata, spec } = podSchema.parse(parse(deployment));
  const { subject } = inCluster.access.grants({}, { cluster: 'here', identity: 'act' });
  expect([spec.template.spec.serviceAccountName, metadata.namespace]).toEqual([
    subject.name,
    subject.namespace,
  ]);
});

test('docs/kubeconfig.md loads, with its identities, and explains every key', async () => {
  const text = await read('kubeconfig.md');
  const [configuration = ''] = blocks(text);
  const [identities = ''] = /(?<=^`)identities: .*(?=`\.$)/m.exec(text) ?? [];
  expect(identities).not.toBe('');
  expect(providersIn(`${configuration}    ${identities}\n`)).toEqual(['kubeconfig']);
  for (const key of Object.keys(kubeconfigOptionsSchema.shape)) expect(text).toContain(`\`${key}\``);
});
