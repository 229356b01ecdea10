import { mkdtempSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { supersedeFolder } from './directory-supersede.ts';

it('moves what a slow writer publishes while it is moving', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'supersede-'));
  try {
    writeFileSync(join(folder, 'files.tar.partial'), 'slow');
    const { signal } = new AbortController();
    // Between the look and the move, as the other process would.
    signal.throwIfAborted = () => {
      if (readdirSync(folder).includes('files.tar.partial'))
        renameSync(join(folder, 'files.tar.partial'), join(folder, 'files.tar'));
    };
    expect(await supersedeFolder(folder, signal)).toEqual(['superseded-1/files.tar']);
    expect(readdirSync(folder)).toEqual(['superseded-1']);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
