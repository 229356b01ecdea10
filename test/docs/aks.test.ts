import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { parse, parseAllDocuments } from 'yaml';
import { z } from 'zod';
import { aksOptionsSchema } from '../../src/clouds/aks/aks-options.ts';
import { aks } from '../../src/clouds/aks.ts';
import { AZURE_CLOUDS, azureHosts } from '../../src/clouds/azure/azure-cloud.ts';
import { rolesOfEveryVerb } from '../../src/commands/permissions.ts';

const text = await readFile(new URL('../../docs/aks.md', import.meta.url), 'utf8');
const blocks = (language: string): readonly string[] =>
  [...text.matchAll(new RegExp(`^\`\`\`${language}\n(.*?)^\`\`\``, 'gms'))].map(([, block = '']) => block);

const clustersSchema = z.object({
  clusters: z.record(z.string(), z.looseObject({ provider: z.literal('aks') })),
});
const bindingSchema = z.object({
  kind: z.literal('ClusterRoleBinding'),
  roleRef: z.object({ kind: z.literal('ClusterRole'), name: z.string() }),
  subjects: z.array(z.object({ kind: z.literal('User'), name: z.string() })),
});

/** The provider's own keys of the one cluster in a text. */
const optionsIn = (block: string): Readonly<Record<string, unknown>> => {
  const [cluster] = Object.values(clustersSchema.parse(parse(block)).clusters);
  const { provider: _provider, ...options } = cluster ?? { provider: 'aks' };
  return options;
};

test('docs/aks.md explains every key, and its configurations load', () => {
  const configurations = blocks('yaml').filter((block) => block.startsWith('clusters:'));
  expect(configurations).toHaveLength(2);
  for (const configuration of configurations) aks.access.readOptions(optionsIn(configuration));
  for (const key of Object.keys(aksOptionsSchema.shape))
    expect(text).toMatch(new RegExp(`^\\|[^|]*\`${key}\``, 'm'));
});

test('docs/aks.md grants what the provider prints for the same cluster, and binds the object id to the printed role', () => {
  const options = aks.access.readOptions(optionsIn(blocks('yaml')[0] ?? ''));
  const { grants, subject } = aks.access.grants(options, { cluster: 'prod-cluster', identity: 'act' });
  const printed = grants
    .filter(({ format }) => format === 'json')
    .map((grant): unknown => JSON.parse(grant.text));
  expect(blocks('json').map((block): unknown => JSON.parse(block))).toEqual(printed);
  const binding = bindingSchema.parse(parse(blocks('yaml')[1] ?? ''));
  expect(binding.subjects[0]?.kind).toBe(subject.kind);
  const role: unknown = parseAllDocuments(rolesOfEveryVerb())[0]?.toJS();
  expect(role).toMatchObject({ kind: 'ClusterRole', metadata: { name: binding.roleRef.name } });
  const objectId = binding.subjects[0]?.name ?? '';
  const words = (command: string): string =>
    command
      .replaceAll(/[\\']|\s+/gu, ' ')
      .replaceAll(/ +/gu, ' ')
      .trim();
  const shown = words(blocks('sh').join());
  for (const grant of grants.filter(({ format }) => format === 'shell'))
    for (const word of words(grant.text.replaceAll(subject.name, objectId)).split(' '))
      expect(shown).toContain(word);
});

test('docs/aks.md names the hosts of each cloud', () => {
  for (const cloud of AZURE_CLOUDS) {
    const { authority, resourceManager } = azureHosts(cloud);
    expect(text).toContain(
      `| \`${cloud}\` | \`${new URL(authority).host}\` | \`${new URL(resourceManager).host}\` |`,
    );
  }
});
