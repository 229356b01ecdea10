import { cp, lchown, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { z } from 'zod';
import { postgresBinaries } from './postgres-binaries.ts';
import type { ServerIdentity } from './server-identity.ts';

/** Where one embedded database lies. */
export type ServerPlace = {
  /** `<data dir>/postgres`, mode 0700, of the user who starts Firebreak: passwords, the server's log, and who owns the server. */
  readonly home: string;
  /** PostgreSQL's own data folder. */
  readonly data: string;
  /** The folder with `bin`, `lib` and `share`. */
  readonly binaries: string;
};

const moved = z.object({ folder: z.string() });

/** Makes the folders of an embedded database, for an identity that may or may not be able to enter the checkout. */
export async function serverPlace(dataDir: string, identity: ServerIdentity): Promise<ServerPlace> {
  const home = resolve(dataDir, 'postgres');
  await mkdir(home, { recursive: true, mode: 0o700 });
  const binaries = postgresBinaries().folder;
  if (identity.kind !== 'other-user') return { home, data: join(home, 'data'), binaries };
  const folder = (await recordedFolder(home)) ?? (await newFolder(home, identity, binaries));
  return { home, data: join(folder, 'data'), binaries: join(folder, 'native') };
}

async function recordedFolder(home: string): Promise<string | undefined> {
  const record = join(home, 'moved.json');
  const text = await readFile(record, 'utf8').catch(() => undefined);
  if (text === undefined) return undefined;
  const { folder } = moved.parse(JSON.parse(text));
  if (await stat(folder).catch(() => undefined)) return folder;
  process.stderr.write(
    `The embedded database in ${folder} is gone (temporary folders are emptied); starting with an empty one.\n`,
  );
  await rm(join(home, 'passwords.json'), { force: true });
  return undefined;
}

async function newFolder(
  home: string,
  owner: { readonly uid: number; readonly gid: number },
  binaries: string,
): Promise<string> {
  const folder = await mkdtemp(join(await enterableTemporaryFolder(), 'firebreak-postgres-'));
  await cp(binaries, join(folder, 'native'), { recursive: true, verbatimSymlinks: true });
  for (const name of await readdir(folder, { recursive: true }))
    await lchown(join(folder, name), owner.uid, owner.gid);
  await lchown(folder, owner.uid, owner.gid);
  await writeFile(join(home, 'moved.json'), JSON.stringify({ folder }), { mode: 0o600 });
  return folder;
}

// TMPDIR may itself point below a folder that only root can enter.
async function enterableTemporaryFolder(): Promise<string> {
  for (const candidate of [tmpdir(), '/tmp', '/var/tmp']) {
    if (await everyoneCanEnter(resolve(candidate))) return candidate;
  }
  throw new Error(
    'No temporary folder that an ordinary user can enter. Start Firebreak as an ordinary user, or set DATABASE_URL.',
  );
}

async function everyoneCanEnter(folder: string): Promise<boolean> {
  const found = await stat(folder).catch(() => undefined);
  if (found === undefined || (found.mode & 0o001) === 0) return false;
  return dirname(folder) === folder || everyoneCanEnter(dirname(folder));
}
