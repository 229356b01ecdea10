import { createCluster, DATABASE_NAME, OWNER_ROLE, SERVE_ROLE } from './create-cluster.ts';
import { EmbeddedServer } from './embedded-server.ts';
import { passwords } from './passwords.ts';
import { serverIdentity } from './server-identity.ts';
import { serverPlace } from './server-place.ts';

/** The embedded database. Its URLs carry passwords: they go into the environment of a child, never into a message or a log. */
export type Database = AsyncDisposable & {
  /** As the role that owns the database and its schema: `DATABASE_MIGRATE_URL`. */
  readonly ownerUrl: string;
  /** As the role that serves and owns nothing: `DATABASE_URL`. */
  readonly serveUrl: string;
  /** Stops the server, unless another live process owns it. */
  close(): Promise<void>;
};

/**
 * Starts the embedded PostgreSQL of a data folder, or uses the one that already runs there: one that a killed run left behind is
 * taken over, one that another live process owns is used and left running.
 */
export async function startDatabase(options: {
  readonly dataDir: string;
  readonly signal?: AbortSignal;
}): Promise<Database> {
  const identity = serverIdentity();
  const place = await serverPlace(options.dataDir, identity);
  const secrets = await passwords(place.home);
  await createCluster(place, identity, secrets, 'service', options.signal);
  const server = new EmbeddedServer(place, identity, 'service');
  await server.start(options.signal);
  const close = (): Promise<void> => server.stop();
  return {
    ownerUrl: databaseUrl(OWNER_ROLE, secrets.owner, server.port, DATABASE_NAME),
    serveUrl: databaseUrl(SERVE_ROLE, secrets.serve, server.port, DATABASE_NAME),
    close,
    [Symbol.asyncDispose]: close,
  };
}

export function databaseUrl(role: string, password: string, port: number, database: string): string {
  return `postgres://${role}:${password}@127.0.0.1:${port}/${database}`;
}
