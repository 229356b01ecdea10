import { link, lstat, mkdir, readdir, rmdir, unlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { PARTIAL_SUFFIX } from '../core/evidence.ts';
import { listFiles } from './list-files.ts';
import { isSuperseded, SUPERSEDED_FOLDER } from './object-name.ts';
import { errnoOf } from './store-failure.ts';
import { syncFolder } from './sync-folder.ts';

/**
 * Moves every file of a run's folder below the next free `superseded-<n>/`. Unfinished files lose their suffix, so a
 * slow writer finds nothing to publish. Resolves with the names of all that earlier captures left, sorted: also of what
 * was moved before, since the one that moved it may have died before it could tell.
 */
export const supersedeFolder = async (folder: string, signal: AbortSignal): Promise<readonly string[]> => {
  const target = await moveAll(folder, signal);
  if (target !== undefined) {
    await removeEmptyFolders(folder, target);
    await syncFolder(join(folder, target));
    await syncFolder(folder);
  }
  return (await listFiles(folder)).filter(isSuperseded);
};

/** Resolves with the folder that holds them now; `undefined` when nothing lay there. */
const moveAll = async (folder: string, signal: AbortSignal): Promise<string | undefined> => {
  let left = await lyingIn(folder);
  if (left.length === 0) return undefined;
  const target = await nextFreeFolder(folder);
  // Again until nothing is left: a slow writer may publish under its final name what was listed as unfinished.
  for (; left.length > 0; left = await lyingIn(folder)) {
    for (const name of left) {
      signal.throwIfAborted();
      await moveFile(folder, name, target);
    }
  }
  return target;
};

const lyingIn = async (folder: string): Promise<readonly string[]> =>
  (await listFiles(folder)).filter((name) => !isSuperseded(name));

const nextFreeFolder = async (folder: string): Promise<string> => {
  for (let number = 1; ; number += 1) {
    const name = `superseded-${number}`;
    try {
      await mkdir(join(folder, name), { mode: 0o700 });
      return name;
    } catch (thrown) {
      if (errnoOf(thrown) !== 'EEXIST') throw thrown;
    }
  }
};

/** Links and unlinks instead of renaming: rename(2) would overwrite. */
const moveFile = async (folder: string, name: string, target: string): Promise<void> => {
  const from = join(folder, name);
  const plain = name.endsWith(PARTIAL_SUFFIX) ? name.slice(0, -PARTIAL_SUFFIX.length) : name;
  for (let attempt = 1; ; attempt += 1) {
    const kept = `${target}/${plain}${attempt === 1 ? '' : `.${attempt}`}`;
    const to = join(folder, kept);
    await mkdir(dirname(to), { recursive: true, mode: 0o700 });
    try {
      await link(from, to);
      await unlink(from);
      await syncFolder(dirname(to));
      return;
    } catch (thrown) {
      const errno = errnoOf(thrown);
      // The slow writer published in this moment: the next look finds its file under its final name.
      if (errno === 'ENOENT') return;
      if (errno !== 'EEXIST') throw thrown;
    }
    if (await sameFile(from, to)) {
      // A process died between link and unlink of its publication: both names are one file.
      await unlink(from);
      return;
    }
  }
};

const sameFile = async (one: string, other: string): Promise<boolean> => {
  const [first, second] = await Promise.all([lstat(one, { bigint: true }), lstat(other, { bigint: true })]);
  return first.ino === second.ino && first.dev === second.dev;
};

const removeEmptyFolders = async (folder: string, target: string): Promise<void> => {
  const entries = await readdir(folder, { withFileTypes: true, recursive: true });
  // Parents come first in the listing, and only an empty folder can go.
  for (const entry of entries.reverse()) {
    const path = join(entry.parentPath, entry.name);
    if (!entry.isDirectory() || path.startsWith(join(folder, target))) continue;
    if (SUPERSEDED_FOLDER.test(path.slice(folder.length + 1).split('/')[0] ?? '')) continue;
    await removeWhenEmpty(path);
  }
};

const removeWhenEmpty = async (path: string): Promise<void> => {
  try {
    await rmdir(path);
  } catch (thrown) {
    const errno = errnoOf(thrown);
    if (errno !== 'ENOTEMPTY' && errno !== 'ENOENT') throw thrown;
  }
};
