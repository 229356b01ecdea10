import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { parse, parseAllDocuments } from 'yaml';
import { z } from 'zod';
import { eksOptionsSchema } from '../../src/clouds/eks/eks-options.ts';
import { eks } from '../../src/clouds/eks.ts';
import { clusterRole } from '../../src/commands/permissions.ts';

const read = (path: string) => readFile(new URL(`../../${path}`, import.meta.url), 'utf8');
const blocks = (text: string, language: string): readonly string[] =>
  [...text.matchAll(new RegExp(`^\`\`\`${language}\n(.*?)^\`\`\``, 'gms'))].map(([, block = '']) => block);

const clustersSchema = z.object({
  clusters: z.record(z.string(), z.looseObject({ provider: z.literal('eks') })),
});
const policySchema = z.object({
  Version: z.literal('2012-10-17'),
  Statement: z.array(z.object({ Effect: z.literal('Allow'), Action: z.string() })).length(1),
});
const bindingSchema = z.object({
  kind: z.literal('ClusterRoleBinding'),
  roleRef: z.object({ kind: z.literal('ClusterRole'), name: z.string() }),
  subjects: z.array(z.object({ kind: z.literal('Group'), name: z.string() })),
});

/** The provider's own keys of the one cluster in a text. */
const optionsIn = (text: string): Readonly<Record<string, unknown>> => {
  const [cluster] = Object.values(clustersSchema.parse(parse(text)).clusters);
  const { provider: _provider, ...options } = cluster ?? { provider: 'eks' };
  return options;
};

test('the EKS cluster of firebreak.example.yml loads when it is switched on, with the usual keys', async () => {
  const text = await read('firebreak.example.yml');
  const commented = text.split('\n').filter((line) => /^ {2}# {3}\w|^ {2}# eks-cluster:/.test(line));
  const options = optionsIn(`clusters:\n${commented.join('\n').replaceAll(/^ {2}# /gm, '  ')}`);
  eks.access.readOptions(options);
  // The others are explained in docs/eks.md.
  const usual = ['externalId', 'name', 'profile', 'region', 'roleArn'];
  expect(
    Object.keys(options)
      .filter((key) => usual.includes(key))
      .toSorted(),
  ).toEqual(usual);
});

test('docs/eks.md explains every key, and its configuration loads', async () => {
  const text = await read('docs/eks.md');
  const [configuration = '', binding = ''] = blocks(text, 'yaml');
  eks.access.readOptions(optionsIn(configuration));
  for (const key of Object.keys(eksOptionsSchema.shape)) expect(text).toContain(`\`${key}\``);
  expect(binding).not.toBe('');
});

test('docs/eks.md grants what the provider asks for, and binds the group of the access entry to the printed role', async () => {
  const text = await read('docs/eks.md');
  const actions = blocks(text, 'json').map(
    (block) => policySchema.parse(JSON.parse(block)).Statement[0]?.Action,
  );
  expect(actions).toEqual(['sts:AssumeRole', 'eks:DescribeCluster', 'sts:AssumeRole']);
  const binding = bindingSchema.parse(parse(blocks(text, 'yaml')[1] ?? ''));
  const role: unknown = parseAllDocuments(clusterRole())[0]?.toJS();
  expect(role).toMatchObject({ kind: 'ClusterRole', metadata: { name: binding.roleRef.name } });
  expect(blocks(text, 'sh').join()).toContain(`--kubernetes-groups ${binding.subjects[0]?.name}\n`);
});
