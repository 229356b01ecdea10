import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import type { Artifact, Completeness } from '../core/evidence.ts';
import { sha256sumLine, sha256sums } from './sha256sums.ts';

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

it.each(['files.tar', 'a\nb', 'back\\slash', 'carriage\rreturn', ' leading', '\\n'])(
  'writes a line for %j that sha256sum -c accepts',
  (name) => {
    const folder = mkdtempSync(join(tmpdir(), 'sums-'));
    try {
      writeFileSync(join(folder, name), 'content');
      writeFileSync(join(folder, 'SHA256SUMS'), sha256sumLine(sha256('content'), name));
      const said = execFileSync('sha256sum', ['--strict', '-c', 'SHA256SUMS'], {
        cwd: folder,
        encoding: 'utf8',
      });
      expect(said).toContain(': OK');
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  },
);

it('lists what is VERIFIED or COUNTED and nothing else', () => {
  const artifact = (name: string, completeness: Completeness): Artifact => ({
    name,
    completeness,
    tools: 'api',
    bytes: 1,
    sha256: sha256(name),
    notes: [],
    method: 'GET',
    startedAt: '',
    endedAt: '',
  });
  const sums = sha256sums([
    artifact('a', 'VERIFIED'),
    artifact('b', 'INCOMPLETE'),
    artifact('c', 'COUNTED'),
    artifact('d', 'REFERENCE'),
  ]);
  expect(sums).toBe(`${sha256('a')}  a\n${sha256('c')}  c\n`);
});
