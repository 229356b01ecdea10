import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';

const artifactSchema = z.looseObject({
  name: z.string(),
  completeness: z.enum(['VERIFIED', 'COUNTED', 'REFERENCE', 'INCOMPLETE']),
  tools: z.string(),
  bytes: z.int(),
  sha256: z.string(),
  notes: z.array(z.string()),
  container: z.string().optional(),
});

const manifestSchema = z.looseObject({
  run: z.string(),
  completeness: z.enum(['complete', 'INCOMPLETE']),
  artifacts: z.array(artifactSchema),
  plan: z.looseObject({ targets: z.array(z.looseObject({ uid: z.string() })) }),
});

export interface ReadBundle {
  readonly manifest: z.infer<typeof manifestSchema>;
  readonly artifact: (name: string) => z.infer<typeof artifactSchema>;
  readonly read: (name: string) => string;
  /** The names in an archive, as tar prints them with its default quoting. */
  readonly tarNames: (name: string) => readonly string[];
}

const MAX_OUTPUT_BYTES = 256 * 1024 * 1024;

/**
 * Opens a sealed bundle with nothing but standard tools and throws where it says more than is true: a hash that differs,
 * an incomplete artifact among the sums, an `INCOMPLETE` that differs from the manifest, an archive that does not open.
 */
export const readBundle = (folder: string): ReadBundle => {
  const read = (name: string): string => readFileSync(join(folder, name), 'utf8');
  const manifest = manifestSchema.parse(JSON.parse(read('manifest.json')));
  execFileSync('sha256sum', ['--check', '--strict', '--quiet', 'SHA256SUMS'], { cwd: folder, stdio: 'pipe' });
  const summed = read('SHA256SUMS')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => line.replace(/^\S+ [ *]/, ''));
  const whole = manifest.artifacts.filter(({ completeness }) =>
    ['VERIFIED', 'COUNTED'].includes(completeness),
  );
  const incomplete = manifest.artifacts.filter(({ completeness }) => completeness === 'INCOMPLETE');
  same(summed, names(whole), 'SHA256SUMS');
  const listed = existsSync(join(folder, 'INCOMPLETE'))
    ? read('INCOMPLETE')
        .trimEnd()
        .split('\n')
        .map((line) => z.looseObject({ name: z.string() }).parse(JSON.parse(line)))
    : [];
  same(names(listed), names(incomplete), 'INCOMPLETE');
  same([manifest.completeness], [incomplete.length === 0 ? 'complete' : 'INCOMPLETE'], 'completeness');
  for (const { name, bytes, sha256 } of manifest.artifacts) {
    // What could not be read at all has a line in the manifest and no file.
    const content = existsSync(join(folder, name)) ? readFileSync(join(folder, name)) : Buffer.alloc(0);
    same([String(content.length)], [String(bytes)], `the length of ${name}`);
    same([createHash('sha256').update(content).digest('hex')], [sha256], `the hash of ${name}`);
  }
  const tarNames = (name: string): readonly string[] =>
    execFileSync('tar', ['-tf', join(folder, name), '--quoting-style=c'], {
      encoding: 'utf8',
      maxBuffer: MAX_OUTPUT_BYTES,
    })
      .trimEnd()
      .split('\n');
  if (whole.some(({ name }) => name === 'files.tar')) tarNames('files.tar');
  const artifact = (name: string) => {
    const found = manifest.artifacts.find((one) => one.name === name);
    if (found === undefined) throw new Error(`no ${name} in the bundle`);
    return found;
  };
  return { manifest, artifact, read, tarNames };
};

const names = (list: readonly { readonly name: string }[]): readonly string[] => list.map(({ name }) => name);

const same = (found: readonly string[], expected: readonly string[], what: string): void => {
  const [a, b] = [found, expected].map((list) => JSON.stringify(list.toSorted()));
  if (a !== b) throw new Error(`${what} says ${a}, and it should be ${b}`);
};
