import { cp, mkdir, mkdtemp, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

export const ROOT = join(import.meta.dirname, '../..');

/** A folder of mode 0700 with parts of this tree, removed when disposed. */
export type ScratchTree = AsyncDisposable & { readonly path: string };

/**
 * Copies parts of this tree, by their paths, into a temporary folder that only its owner can enter.
 * `linked` parts are symbolic links instead: good where nothing depends on their real path.
 */
export async function scratchTree(parts: {
  readonly copied: readonly string[];
  readonly linked?: readonly string[];
}): Promise<ScratchTree> {
  const path = await mkdtemp(join(tmpdir(), 'firebreak-tree-'));
  const tree = { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) };
  for (const part of parts.copied)
    await cp(join(ROOT, part), join(path, part), { recursive: true, verbatimSymlinks: true });
  for (const part of parts.linked ?? []) {
    await mkdir(dirname(join(path, part)), { recursive: true });
    await symlink(join(ROOT, part), join(path, part));
  }
  return tree;
}
