import pg from 'pg';
import { z } from 'zod';
import { FirebreakError } from '../core/firebreak-error.ts';
import { createJobQueue } from './job-queue.ts';
import { type Migration, readMigrations } from './migrations.ts';
import { serveGrants } from './serve-grants.ts';

export interface MigrateOptions {
  /** The role in `DATABASE_URL`: it gets the rights it needs, and owns nothing. */
  readonly serveRole: string;
}

export interface MigrateResult {
  /** Names of the files that were applied now. */
  readonly applied: readonly string[];
}

// Any number does, as long as every Firebreak uses the same.
const LOCK = 7_142_026;

const appliedSchema = z.array(z.object({ number: z.int(), name: z.string(), sha256: z.string() }));
const rolesSchema = z.tuple([
  z.object({ owner: z.string(), encoding: z.string(), exists: z.boolean(), owns: z.boolean().nullable() }),
]);

/**
 * Brings the schema up to date as its owner (`DATABASE_MIGRATE_URL`). Several may run at once: an advisory lock lets
 * one work at a time. Each file is one transaction, recorded with its SHA-256.
 *
 * Throws `config-invalid` when an applied file was changed, the database holds a newer schema, the serving role is
 * missing, or it has the owner's rights.
 */
export async function migrate(
  ownerUrl: string,
  options: MigrateOptions = { serveRole: 'firebreak' },
): Promise<MigrateResult> {
  const client = new pg.Client({ connectionString: ownerUrl, application_name: 'firebreak migrate' });
  const lost = Promise.withResolvers<never>();
  lost.promise.catch(() => undefined);
  client.on('error', lost.reject);
  await client.connect();
  try {
    await client.query('select pg_advisory_lock($1)', [LOCK]);
    await checkRoles(client, options.serveRole);
    const applied = await applyAll(client, await readMigrations());
    // The queue uses connections of its own, this one keeps the lock.
    await Promise.race([createJobQueue(ownerUrl), lost.promise]);
    await inOneTransaction(client, serveGrants(options.serveRole));
    return { applied };
  } finally {
    await client.end();
  }
}

async function checkRoles(client: pg.Client, serveRole: string): Promise<void> {
  const { rows } = await client.query(
    `select current_user as owner, current_setting('server_encoding') as encoding, r.oid is not null as exists,
       case when r.oid is not null then pg_has_role(r.oid, current_user, 'member') end as owns
     from (values ($1)) v (name) left join pg_roles r on r.rolname = v.name`,
    [serveRole],
  );
  const [{ owner, encoding, exists, owns }] = rolesSchema.parse(rows);
  if (encoding !== 'UTF8') throw refused(`The database's encoding is ${encoding}.`, 'Make one with UTF8.');
  if (!exists)
    throw refused(
      `The role ${serveRole} does not exist.`,
      `Make it: create role ${serveRole} login password '…'.`,
    );
  if (owns === true)
    throw refused(
      `The role that serves (${serveRole}) has the rights of the schema's owner (${owner}), so it could rewrite the audit trail.`,
      'Give DATABASE_URL a role that is neither the owner, nor a member of it, nor a superuser.',
    );
}

async function applyAll(client: pg.Client, migrations: readonly Migration[]): Promise<readonly string[]> {
  await client.query('create schema if not exists firebreak');
  await client.query(`create table if not exists firebreak.migrations (
    number integer primary key, name text not null, sha256 text not null, applied_at timestamptz not null default now())`);
  const { rows } = await client.query(
    'select number, name, sha256 from firebreak.migrations order by number',
  );
  const known = appliedSchema.parse(rows);
  for (const old of known) {
    const file = migrations[old.number - 1];
    if (file === undefined)
      throw refused(
        `The database was migrated by a newer Firebreak (${old.name}).`,
        'Run that version, or a later one.',
      );
    if (file.sha256 !== old.sha256)
      throw refused(
        `migrations/${file.name} was changed after it had been applied.`,
        'Put the file back as it was, and write a new one for the change.',
      );
  }
  const pending = migrations.slice(known.length);
  for (const { number, name, sql, sha256 } of pending) {
    await inOneTransaction(client, [
      sql,
      {
        text: 'insert into firebreak.migrations (number, name, sha256) values ($1, $2, $3)',
        values: [number, name, sha256],
      },
    ]);
  }
  return pending.map(({ name }) => name);
}

async function inOneTransaction(
  client: pg.Client,
  statements: readonly (string | { readonly text: string; readonly values: unknown[] })[],
): Promise<void> {
  await client.query('begin');
  try {
    for (const statement of statements) await client.query(statement);
    await client.query('commit');
  } catch (error) {
    await client.query('rollback');
    throw error;
  }
}

function refused(message: string, next: string): FirebreakError {
  return new FirebreakError({ code: 'config-invalid', message, next });
}
