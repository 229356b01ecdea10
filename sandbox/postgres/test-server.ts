import { existsSync } from 'node:fs';
import { mkdtemp, rm, statfs } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { createCluster, DATABASE_NAME, OWNER_ROLE, SERVE_ROLE, SUPERUSER_ROLE } from './create-cluster.ts';
import { EmbeddedServer, type StopMode } from './embedded-server.ts';
import { passwords } from './passwords.ts';
import { serverIdentity } from './server-identity.ts';
import { serverPlace } from './server-place.ts';
import { databaseUrl } from './start-database.ts';

/** The same database as three roles. */
export type DatabaseUrls = {
  /** As a superuser of the whole server, for what only an attacker or an operator does. */
  readonly adminUrl: string;
  readonly ownerUrl: string;
  readonly serveUrl: string;
};

/** A PostgreSQL server for one test alone, which may stop it. It keeps its port, so its URLs stay right over a restart. */
export type TestServer = DatabaseUrls &
  AsyncDisposable & {
    /** The same three roles on another database of this server. */
    urls(database: string): DatabaseUrls;
    /** Removed by `close`. */
    readonly dataDir: string;
    /** The server's process id while it runs. */
    pid(): number | undefined;
    stop(mode?: StopMode): Promise<void>;
    start(): Promise<void>;
    close(): Promise<void>;
  };

const ENOUGH_BYTES = 4 * 1024 ** 3;
const MIGRATE = join(import.meta.dirname, '../../src/postgres/migrate.ts');

/** Starts a server in a temporary folder of its own, with the schema migrated. It costs about 1.2 s; `testDatabase` is the cheap one. */
export async function testServer(): Promise<TestServer> {
  const dataDir = await mkdtemp(join(await roomyMemory(), 'firebreak-test-'));
  const identity = serverIdentity();
  const place = await serverPlace(dataDir, identity);
  const secrets = await passwords(place.home);
  await createCluster(place, identity, secrets, 'tests');
  const server = new EmbeddedServer(place, identity, 'tests');
  await server.start();
  const urls = (database: string): DatabaseUrls => ({
    adminUrl: databaseUrl(SUPERUSER_ROLE, secrets.superuser, server.port, database),
    ownerUrl: databaseUrl(OWNER_ROLE, secrets.owner, server.port, database),
    serveUrl: databaseUrl(SERVE_ROLE, secrets.serve, server.port, database),
  });
  const close = async (): Promise<void> => {
    await server.stop('crash');
    await rm(dataDir, { recursive: true, force: true });
    if (identity.kind === 'other-user') await rm(join(place.data, '..'), { recursive: true, force: true });
  };
  try {
    await migrateSchema(urls(DATABASE_NAME).ownerUrl);
  } catch (error) {
    await close();
    throw error;
  }
  return {
    ...urls(DATABASE_NAME),
    urls,
    dataDir,
    pid: () => server.pid,
    stop: (mode = 'fast') => server.stop(mode),
    start: () => server.start(),
    close,
    [Symbol.asyncDispose]: close,
  };
}

// A clone for each test makes and removes hundreds of thousands of files. A container's /dev/shm of 64 MiB is too small for that.
async function roomyMemory(): Promise<string> {
  const memory = '/dev/shm';
  const { bavail, bsize } = await statfs(memory).catch(() => ({ bavail: 0, bsize: 0 }));
  return bavail * bsize >= ENOUGH_BYTES ? memory : tmpdir();
}

// The sandbox shares no code with what it judges: the one function it needs is loaded as a program would be, by its path.
async function migrateSchema(ownerUrl: string): Promise<void> {
  if (!existsSync(MIGRATE)) return;
  const loaded: { readonly migrate?: unknown } = await import(/* @vite-ignore */ pathToFileURL(MIGRATE).href);
  if (typeof loaded.migrate !== 'function') throw new Error(`${MIGRATE} exports no function named migrate.`);
  await loaded.migrate(ownerUrl);
}
