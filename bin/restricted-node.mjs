import { mkdirSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';

// glibc keeps what was freed for each of several arenas; a stream of gigabytes then looks like a leak. mallopt(3).
const FRUGAL_MALLOC = {
  MALLOC_ARENA_MAX: '2',
  MALLOC_MMAP_THRESHOLD_: '131072',
  MALLOC_TRIM_THRESHOLD_: '131072',
};

// The bytes of a stream live for a moment in the young generation. A small one, in MiB, is cleared often: a capture of 2 GiB then peaks at
// 25 MB above rest instead of 90, at the same speed (`npm run bench`).
const YOUNG_GENERATION = '--max-semi-space-size=2';

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));

/**
 * The arguments and the environment that run src/main.ts under Node's permission model.
 *
 * It may read every file (SDKs read CA bundles, kubeconfigs and tokens where people keep them) and write only evidence, its state and
 * its compile cache. It may start no program, no worker and no native addon. The embedded database's folder is not among what it may
 * write: a process that can change the server's settings can start programs through the server.
 *
 * @param {readonly string[]} args what follows `firebreak` on the command line
 * @param {NodeJS.ProcessEnv} environment
 * @returns {{ args: string[], env: NodeJS.ProcessEnv }}
 */
export function restrictedNode(args, environment) {
  const dataDir = dataFolder(environment);
  const env = { ...FRUGAL_MALLOC, ...environment, FIREBREAK_DATA_DIR: dataDir };
  if (args[0] !== 'migrate') delete env.DATABASE_MIGRATE_URL;
  const writable = [...evidenceFolders(environment, dataDir), join(dataDir, 'state')];
  if (args[0] === 'serve') {
    // Saves about a third of the start. The command that holds the schema owner's password never runs what the serving process could have put there.
    const cache = join(dataDir, 'compile-cache');
    env.NODE_COMPILE_CACHE ??= cache;
    writable.push(cache);
  }
  for (const folder of writable) makeFolder(folder);
  const permissions = [
    YOUNG_GENERATION,
    '--permission',
    '--allow-fs-read=*',
    ...writable.map((folder) => `--allow-fs-write=${folder}`),
  ];
  return { args: [...permissions, join(ROOT, 'src/main.ts'), ...args], env };
}

/** The data folder as an absolute path. */
export function dataFolder(environment) {
  return resolve(environment.FIREBREAK_DATA_DIR || '.firebreak');
}

// A folder that is there when Node starts is writable with all that is in it; of one that is not, only its own path is.
function makeFolder(folder) {
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
  } catch {
    // A read-only root file system is fine when the evidence goes to S3. Who needs the folder says so when it writes.
  }
}

// `evidence.directory` of the config file, relative to that file. Evidence that goes to S3 is written to no folder. A file that can't be read
// or parsed is reported by src/main.ts with its line.
function evidenceFolders(environment, dataDir) {
  const file = resolve(environment.FIREBREAK_CONFIG || 'firebreak.yml');
  const inData = join(dataDir, 'evidence');
  try {
    const evidence = parse(readFileSync(file, 'utf8'))?.evidence;
    if (typeof evidence?.directory === 'string') return [inData, resolve(dirname(file), evidence.directory)];
    return evidence?.s3 ? [] : [inData];
  } catch {
    return [inData];
  }
}
