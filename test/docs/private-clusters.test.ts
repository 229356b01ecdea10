import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { accessOptions } from '../../src/clouds/access/access-options.ts';
import { clouds } from '../../src/clouds/index.ts';
import { parseConfig } from '../../src/config.ts';
import { digest } from '../../src/runtime/digest.ts';
import { verbs } from '../../src/verbs/index.ts';

const text = await readFile(new URL('../../docs/private-clusters.md', import.meta.url), 'utf8');

interface Way {
  readonly title: string;
  /** The configurations of its section, as one reads them. */
  readonly blocks: readonly string[];
}

const ways: readonly Way[] = text
  .split(/^## /m)
  .map((section) => ({
    title: section.slice(0, section.indexOf('\n')),
    blocks: [...section.matchAll(/^```yaml\n(.*?)^```/gms)].map(([, block = '']) => block),
  }))
  .filter(({ blocks }) => blocks.length > 0);

const clustersOf = ({ blocks }: Way) =>
  blocks.flatMap(
    (block) =>
      parseConfig(`${block}channels: {}\n`, {
        path: '/etc/firebreak/firebreak.yml',
        dataDir: '/data',
        ...{ clouds, verbs, digest },
      }).clusters,
  );

const anchorOf = (title: string): string =>
  title
    .toLowerCase()
    .replaceAll(/[^\w\s-]/g, '')
    .replaceAll(' ', '-');

/** What the table says of a way, by provider. */
const promised = ({ title }: Way): ReadonlyMap<string, string> => {
  const [head = '', ...rows] = text.split('\n').filter((line) => /^\| (way|\[)/.test(line));
  const cells = (line: string): readonly string[] => line.split('|').map((cell) => cell.trim());
  const row = rows.find((line) => line.includes(`(#${anchorOf(title)})`));
  if (row === undefined) throw new Error(`the table does not name the way ${title}`);
  const names = cells(head);
  return new Map(cells(row).map((cell, index) => [names[index] ?? '', cell] as const));
};

test('docs/private-clusters.md has the ways that are asked for', () => {
  expect(ways.map(({ title }) => title)).toEqual([
    'A bastion, by SSH',
    'SSM port forwarding',
    'An HTTP proxy',
    'A VPN or a peered network',
    'Private link, private service connect',
  ]);
});

test.for(ways)('$title: its clusters load, one of each provider that the table promises', (way) => {
  const providers = new Set(clustersOf(way).map(({ provider }) => provider));
  const yes = [...promised(way)].filter(([, cell]) => cell === 'yes').map(([provider]) => provider);
  expect([...providers].toSorted()).toEqual(yes.toSorted());
});

test('each key is explained, and stands in an example', () => {
  for (const key of Object.keys(accessOptions)) {
    expect(text).toMatch(new RegExp(`^\\| \`${key}\` \\|`, 'm'));
    expect(ways.some((way) => clustersOf(way).some(({ options }) => key in Object(options.read)))).toBe(true);
  }
});
