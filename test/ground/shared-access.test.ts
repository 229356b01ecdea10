import { readdir, readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';

const FOLDER = new URL('../../src/clouds/access/', import.meta.url);

test('what several providers share in src/clouds/access imports no provider', async () => {
  const files = (await readdir(FOLDER)).filter((name) => name.endsWith('.ts'));
  expect(files.length).toBeGreaterThan(0);
  const breaches: string[] = [];
  for (const file of files) {
    const text = await readFile(new URL(file, FOLDER), 'utf8');
    for (const [, module = ''] of text.matchAll(/\bfrom '([^']+)'/gu))
      if (module.startsWith('../') && !module.startsWith('../../')) breaches.push(`${file}: ${module}`);
  }
  expect(breaches).toEqual([]);
});
