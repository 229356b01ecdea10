import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { stsHost } from '../../src/clouds/aws/aws-place.ts';
import { eksOptionsSchema } from '../../src/clouds/eks/eks-options.ts';
import { eks } from '../../src/clouds/eks.ts';

const read = (path: string) => readFile(new URL(`../../${path}`, import.meta.url), 'utf8');
const blocks = (text: string, language: string): readonly string[] =>
  [...text.matchAll(new RegExp(`^\`\`\`${language}\n(.*?)^\`\`\``, 'gms'))].map(([, block = '']) => block);

const clustersSchema = z.object({
  clusters: z.record(z.string(), z.looseObject({ provider: z.literal('eks') })),
});
/** The provider's own keys of the one cluster in a text. */
const optionsIn = (text: string): Readonly<Record<string, unknown>> => {
  const [cluster] = Object.values(clustersSchema.parse(parse(text)).clusters);
  const { provider: _provider, ...options } = cluster ?? { provider: 'eks' };
  return options;
};

test('docs/eks.md explains every key, and each configuration in it loads', async () => {
  const text = await read('docs/eks.md');
  const configurations = blocks(text, 'yaml');
  expect(configurations).toHaveLength(4);
  for (const configuration of configurations) eks.access.readOptions(optionsIn(configuration));
  for (const key of Object.keys(eksOptionsSchema.shape)) expect(text).toContain(`\`${key}\``);
});

test('docs/eks.md grants what is printed for its own configuration', async () => {
  const text = await read('docs/eks.md');
  const options = eks.access.readOptions(optionsIn(blocks(text, 'yaml')[0] ?? ''));
  const { grants } = eks.access.grants(options, { cluster: 'prod-cluster', identity: 'act' });
  const printed = grants.map((grant) => ({
    ...grant,
    text: grant.text.replaceAll(/<ARN of [^>]*>/g, 'arn:aws:iam::111122223333:role/firebreak-pod'),
  }));
  const policies = printed.filter(({ format }) => format === 'json').map((grant) => JSON.parse(grant.text));
  expect(blocks(text, 'json').map((block) => JSON.parse(block))).toEqual(policies);
  const commands = printed.filter(({ format }) => format === 'shell').map((grant) => `${grant.text}\n`);
  expect(blocks(text, 'sh')).toEqual(expect.arrayContaining(commands));
  expect(commands).toHaveLength(1);
});

test('docs/eks.md names the hosts that the token and the calls are for', async () => {
  const text = await read('docs/eks.md');
  const rows = [...text.matchAll(/^\| (.*) \| (.*) \| `(\S*eks\S*)` \| `(sts\S*)` \|$/gm)];
  expect(rows).toHaveLength(4);
  for (const [, fips, dualStack, , sts = ''] of rows) {
    const place = { region: 'us-east-1', fips: fips === '`true`', dualStack: dualStack === '`true`' };
    expect(stsHost(place)).toBe(sts.replace('<region>', place.region));
  }
});
