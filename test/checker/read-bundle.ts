import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { z } from 'zod';

const manifestSchema = z.object({
  run: z.string(),
  capture: z.int(),
  planDigest: z.string(),
  completeness: z.enum(['complete', 'INCOMPLETE']),
  audit: z.object({ seq: z.int(), hash: z.string() }),
  artifacts: z.array(
    z.object({ name: z.string(), bytes: z.int(), sha256: z.string(), completeness: z.string() }),
  ),
});

const leaf = z.union([z.string(), z.boolean(), z.null()]);
const changeSchema = z.object({
  id: z.string(),
  object: z.object({ uid: z.string() }),
  outcome: z.string(),
  fields: z.array(z.object({ path: z.array(z.string()), before: leaf, after: leaf })),
  byHand: z.object({ command: z.string() }).optional(),
});
const changesSchema = z.object({ run: z.string(), changes: z.array(changeSchema) });

const incompleteSchema = z.object({
  kind: z.enum(['artifact', 'superseded', 'nothing']),
  name: z.string().optional(),
  bytes: z.int().optional(),
  sha256: z.string().optional(),
});

interface BundleFile {
  readonly name: string;
  readonly bytes: number;
  readonly sha256: string;
  readonly changedNs: bigint;
}

export interface Bundle {
  readonly manifest: z.infer<typeof manifestSchema>;
  readonly sha256: string;
  readonly files: readonly BundleFile[];
  readonly incomplete: readonly z.infer<typeof incompleteSchema>[];
  /** What it says of the changes of its run; undefined where it has no such file. */
  readonly changes: readonly z.infer<typeof changeSchema>[] | undefined;
  /** Name to hash. */
  readonly sums: ReadonlyMap<string, string>;
}

/** A run's folder as it lies there; undefined when it has no manifest. */
export const readBundle = async (folder: string, names: readonly string[]): Promise<Bundle | undefined> => {
  if (!names.includes('manifest.json')) return undefined;
  const files = await Promise.all(names.map((name) => readOne(folder, name)));
  const text = async (name: string): Promise<string> =>
    names.includes(name) ? await readFile(join(folder, name), 'utf8') : '';
  const lines = (await text('INCOMPLETE')).split('\n').filter((line) => line !== '');
  const sums = (await text('SHA256SUMS')).split('\n').filter((line) => line !== '');
  return {
    manifest: manifestSchema.parse(JSON.parse(await text('manifest.json'))),
    sha256: files.find(({ name }) => name === 'manifest.json')?.sha256 ?? '',
    files,
    changes: names.includes('changes.json')
      ? changesSchema.parse(JSON.parse(await text('changes.json'))).changes
      : undefined,
    incomplete: lines.map((line) => incompleteSchema.parse(JSON.parse(line))),
    sums: new Map(sums.map((line) => [line.slice(66), line.slice(0, 64)])),
  };
};

const readOne = async (folder: string, name: string): Promise<BundleFile> => {
  const path = join(folder, name);
  const hash = createHash('sha256');
  await pipeline(createReadStream(path), hash);
  const { size, mtimeNs } = await stat(path, { bigint: true });
  return { name, bytes: Number(size), sha256: hash.digest('hex'), changedNs: mtimeNs };
};
