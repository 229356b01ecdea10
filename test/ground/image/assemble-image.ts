import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, matchesGlob, relative } from 'node:path';
import { promisify } from 'node:util';
import { ROOT } from '../scratch-tree.ts';
import type { Instruction } from './read-dockerfile.ts';

/** A folder that holds what the last stage of a Dockerfile adds to its base image. */
export type AssembledImage = AsyncDisposable & { readonly path: string };

/**
 * Follows WORKDIR, COPY and RUN of each stage as an engine would, in folders instead of layers. Commands run here, in the stage's own
 * working folder; `mkdir` gets its path below the stage's folder.
 */
export async function assembleImage(stages: readonly (readonly Instruction[])[]): Promise<AssembledImage> {
  const path = await mkdtemp(join(tmpdir(), 'firebreak-image-'));
  const dispose = (): Promise<void> => rm(path, { recursive: true, force: true });
  const ignored = await dockerIgnore();
  const folders = new Map<string, string>();
  try {
    let folder = '';
    for (const [index, stage] of stages.entries()) {
      folder = join(path, String(index));
      let workdir = folder;
      for (const { name, options, words } of stage) {
        if (name === 'FROM') folders.set(words[2] ?? String(index), folder);
        if (name === 'WORKDIR') workdir = join(folder, words[0] ?? '');
        if (name === 'WORKDIR' || name === 'FROM') await mkdir(workdir, { recursive: true });
        if (name === 'RUN') await run(words, folder, workdir);
        if (name === 'COPY') {
          const source = options['from'] === undefined ? ROOT : folders.get(options['from']);
          if (source === undefined) throw new Error(`COPY --from names no stage: ${options['from']}`);
          await copy(words, source, folder, workdir, source === ROOT ? ignored : () => false);
        }
      }
    }
    return { path: folder, [Symbol.asyncDispose]: dispose };
  } catch (error) {
    await dispose();
    throw error;
  }
}

async function run(words: readonly string[], folder: string, workdir: string): Promise<void> {
  const [command = '', ...args] = words.map((word) => (word.startsWith('/') ? join(folder, word) : word));
  // The packages are those of the lock file, checked by its hashes, wherever npm has them from.
  const cached = command === 'npm' ? ['--prefer-offline'] : [];
  await promisify(execFile)(command, [...args, ...cached], { cwd: workdir });
}

async function copy(
  words: readonly string[],
  source: string,
  folder: string,
  workdir: string,
  ignored: (path: string) => boolean,
): Promise<void> {
  const target = words.at(-1) ?? '';
  const into = target.startsWith('/') ? join(folder, target) : join(workdir, target);
  for (const word of words.slice(0, -1)) {
    const from = join(source, word);
    const to = target.endsWith('/') ? join(into, word.split('/').at(-1) ?? '') : into;
    await cp(from, to, {
      recursive: true,
      verbatimSymlinks: true,
      filter: (path) => !ignored(relative(source, path)),
    });
  }
}

// The last pattern that matches a path or a folder above it decides, as with the engine.
async function dockerIgnore(): Promise<(path: string) => boolean> {
  const lines = (await readFile(join(ROOT, '.dockerignore'), 'utf8')).split('\n');
  const patterns = lines.map((line) => line.trim()).filter((line) => line !== '' && !line.startsWith('#'));
  return (path) => {
    let verdict = false;
    for (const pattern of patterns) {
      const glob = pattern.replace(/^!/, '');
      if (matchesGlob(path, glob) || matchesGlob(path, `${glob}/**`)) verdict = !pattern.startsWith('!');
    }
    return verdict;
  };
}
