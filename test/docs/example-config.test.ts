import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { clouds } from '../../src/clouds/index.ts';
import { commonClusterSchema, fileSchema } from '../../src/config/file-schema.ts';
import { parseConfig } from '../../src/config.ts';
import { digest } from '../../src/runtime/digest.ts';
import { verbs } from '../../src/verbs/index.ts';

const read = () => readFile(new URL('../../firebreak.example.yml', import.meta.url), 'utf8');
const parse = (text: string) =>
  parseConfig(text, { path: '/etc/firebreak/firebreak.yml', dataDir: '/data', clouds, verbs, digest });

test('firebreak.example.yml loads as it is, and with its commented keys switched on', async () => {
  const text = await read();
  expect(parse(text).clusters.map(({ name }) => name)).toEqual(['prod-cluster']);
  const everything = text.replaceAll(/^(\s+)# (server|tlsServerName|proxyUrl):/gm, '$1$2:');
  expect(everything).not.toBe(text);
  expect(parse(everything).channels).toHaveLength(1);
});

test('firebreak.example.yml loads with every cluster of its comments, one of each provider', async () => {
  const text = await read();
  const switchedOn = text.replaceAll(/^ {2}# ((?:[\w-]+:$| {2}(?! *#)).*)$/gm, (line, rest: string) =>
    line.includes('s3:') || /^ {3,}/.test(rest) ? line : `  ${rest}`,
  );
  const { clusters } = parse(switchedOn);
  expect(clusters.map(({ provider }) => provider).toSorted()).toEqual(
    clouds.map(({ provider }) => provider).toSorted(),
  );
});

test('firebreak.example.yml loads with its bucket instead of its folder', async () => {
  const text = (await read()).replaceAll(/^ {2}(directory|plaintext): .*$/gm, '');
  const [block = ''] = /^ {2}# s3:\n(?: {2}# {5}.*\n)+/m.exec(text) ?? [];
  const { evidence } = parse(text.replace(block, block.replaceAll(/^ {2}# /gm, '  ')));
  expect(evidence).toMatchObject({
    kind: 's3',
    s3: {
      bucket: 'evidence',
      prefix: 'firebreak/',
      forcePathStyle: true,
      objectLock: { mode: 'GOVERNANCE', days: 365 },
      legalHold: true,
    },
  });
});

test('firebreak.example.yml explains every key that the schema knows', async () => {
  const text = await read();
  const keys = [...Object.keys(fileSchema.shape), ...Object.keys(commonClusterSchema.shape)];
  const more = [
    'path',
    'context',
    'server',
    'tlsServerName',
    'proxyUrl',
    'directory',
    'plaintext',
    's3',
    'bucket',
    'region',
    'prefix',
    'endpoint',
    'forcePathStyle',
    'objectLock',
    'legalHold',
    'kmsKeyId',
    'labels',
    'approvals',
    'verbs',
    'approvers',
    'selfApproval',
    'expires',
    'rules',
    'nodeNamespace',
    'deadline',
    'canary',
    'proofEvery',
  ];
  expect([...keys, ...more].filter((key) => !text.includes(`${key}:`))).toEqual([]);
});
