import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { parse, parseAllDocuments } from 'yaml';
import { z } from 'zod';
import { GKE_ENDPOINTS, gkeOptionsSchema } from '../../src/clouds/gke/gke-options.ts';
import { gke } from '../../src/clouds/gke.ts';
import { rolesOfEveryVerb } from '../../src/commands/permissions.ts';

const text = await readFile(new URL('../../docs/gke.md', import.meta.url), 'utf8');
const blocks = (language: string): readonly string[] =>
  [...text.matchAll(new RegExp(`^\`\`\`${language}\n(.*?)^\`\`\``, 'gms'))].map(([, block = '']) => block);

const clustersSchema = z.object({
  clusters: z.record(z.string(), z.looseObject({ provider: z.literal('gke') })),
});
const bindingSchema = z.object({
  kind: z.literal('ClusterRoleBinding'),
  roleRef: z.object({ kind: z.literal('ClusterRole'), name: z.string() }),
  subjects: z.array(z.object({ kind: z.literal('User'), name: z.string() })).length(1),
});
const [configuration = '', role = '', binding = ''] = blocks('yaml');

/** The provider's own keys of the one cluster in the page. */
const options = (): unknown => {
  const [cluster] = Object.values(clustersSchema.parse(parse(configuration)).clusters);
  const { provider: _provider, ...keys } = cluster ?? { provider: 'gke' };
  return gke.access.readOptions(keys);
};
/** A command on one line, without the quotes that only a shell needs. */
const commands = (shell: string): readonly string[] =>
  shell
    .replaceAll(/\s*\\\n\s*/g, ' ')
    .replaceAll("'", '')
    .trim()
    .split('\n');

test('docs/gke.md explains every key and every endpoint, and its configuration loads', () => {
  options();
  for (const key of Object.keys(gkeOptionsSchema.shape)) expect(text).toContain(`\`${key}\``);
  for (const endpoint of GKE_ENDPOINTS) expect(text).toContain(`| \`${endpoint}\` |`);
});

test('docs/gke.md grants what the provider prints for its configuration', () => {
  const { grants, subject } = gke.access.grants(options(), { cluster: 'gke-prod', identity: 'act' });
  const printed = grants.find(({ format }) => format === 'yaml')?.text ?? '';
  expect(parse(role)).toEqual(parse(printed));
  const inPage = blocks('sh').flatMap(commands);
  const starter = 'firebreak@tools.iam.gserviceaccount.com';
  for (const { format, text: shell } of grants)
    if (format === 'shell')
      for (const command of commands(shell.replace(/<e-mail of the account[^>]*>/, starter)))
        expect(inPage).toContain(command);
  expect(bindingSchema.parse(parse(binding)).subjects).toEqual([expect.objectContaining(subject)]);
});

test('docs/gke.md binds the account to the printed role', () => {
  const { roleRef } = bindingSchema.parse(parse(binding));
  const first: unknown = parseAllDocuments(rolesOfEveryVerb())[0]?.toJS();
  expect(first).toMatchObject({ kind: 'ClusterRole', metadata: { name: roleRef.name } });
});
