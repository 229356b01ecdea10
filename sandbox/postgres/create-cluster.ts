import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import type { Passwords } from './passwords.ts';
import { type ServerIdentity, spawnAs } from './server-identity.ts';
import type { ServerPlace } from './server-place.ts';

export const DATABASE_NAME = 'firebreak';
export const OWNER_ROLE = 'firebreak_owner';
export const SERVE_ROLE = 'firebreak';
export const SUPERUSER_ROLE = 'postgres';

/**
 * What the database is for. `service` is written to disk durably, and no superuser can log in: a superuser can start programs
 * (`COPY … TO PROGRAM`). `tests` trades durability for speed and lets the superuser in.
 */
export type DatabaseUse = 'service' | 'tests';

/** Makes the data folder with its roles and its database, unless it is there. A run that was killed half-way leaves no half of it. */
export async function createCluster(
  place: ServerPlace,
  identity: ServerIdentity,
  passwords: Passwords,
  use: DatabaseUse,
  signal?: AbortSignal,
): Promise<void> {
  if (await stat(place.data).catch(() => undefined)) return;
  const unfinished = `${place.data}-unfinished-${randomBytes(4).toString('hex')}`;
  try {
    await run(place, identity, 'initdb', initdbArguments(unfinished, use), '', signal);
    await writeFile(join(unfinished, 'pg_hba.conf'), accessRules(use));
    const single = [
      '--single',
      '-D',
      unfinished,
      '-c',
      'exit_on_error=on',
      ...syncArguments(use),
      'postgres',
    ];
    await run(place, identity, 'postgres', single, setupStatements(passwords), signal);
    await rename(unfinished, place.data);
  } catch (error) {
    await rm(unfinished, { recursive: true, force: true });
    // Another starter was faster and finished its own.
    if (
      !(error instanceof Error && 'code' in error && (error.code === 'ENOTEMPTY' || error.code === 'EEXIST'))
    )
      throw error;
  }
}

function initdbArguments(data: string, use: DatabaseUse): readonly string[] {
  const fixed = [
    `--pgdata=${data}`,
    `--username=${SUPERUSER_ROLE}`,
    '--auth-local=reject',
    '--auth-host=reject',
  ];
  // The builtin provider sorts the same on every machine, whatever locales it has.
  const locale = ['--locale=C', '--locale-provider=builtin', '--builtin-locale=C.UTF-8', '--encoding=UTF8'];
  return [...fixed, ...locale, '--no-instructions', ...(use === 'tests' ? ['--no-sync'] : [])];
}

/** A server that loses its data when the machine stops starts and clones several times faster. */
export function syncArguments(use: DatabaseUse): readonly string[] {
  return use === 'tests'
    ? ['-c', 'fsync=off', '-c', 'synchronous_commit=off', '-c', 'full_page_writes=off']
    : [];
}

// Every way in needs a password, also for the other users of this machine. What is not listed is refused.
function accessRules(use: DatabaseUse): string {
  const roles = [OWNER_ROLE, SERVE_ROLE, ...(use === 'tests' ? [SUPERUSER_ROLE] : [])];
  return roles.map((role) => `host all ${role} 127.0.0.1/32 scram-sha-256\n`).join('');
}

// The single-user server reads one statement a line. `create database` can't share a transaction, so they stay separate.
function setupStatements(passwords: Passwords): string {
  const statements = [
    `alter role ${SUPERUSER_ROLE} password '${passwords.superuser}'`,
    `create role ${OWNER_ROLE} login password '${passwords.owner}'`,
    `create role ${SERVE_ROLE} login password '${passwords.serve}'`,
    `create database ${DATABASE_NAME} owner ${OWNER_ROLE}`,
    ...connectionGrants(DATABASE_NAME),
  ];
  return `${statements.join('\n')}\n`;
}

/** Who may connect: the role that serves gets no temporary tables, and nobody else gets in. */
export function connectionGrants(database: string): readonly string[] {
  return [
    `revoke all on database ${database} from public`,
    `grant connect on database ${database} to ${SERVE_ROLE}`,
  ];
}

async function run(
  place: ServerPlace,
  identity: ServerIdentity,
  program: 'initdb' | 'postgres',
  args: readonly string[],
  input: string,
  signal?: AbortSignal,
): Promise<void> {
  const as = spawnAs(identity, join(place.binaries, 'bin', program), args);
  const child = spawn(as.command, as.args, {
    ...as.ids,
    ...(signal === undefined ? {} : { signal }),
    // The checkout may be closed to the id that runs the server.
    cwd: '/',
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  const { promise, resolve, reject } = Promise.withResolvers<number | null>();
  child.once('error', reject);
  child.once('close', resolve);
  child.stdin.on('error', () => undefined);
  child.stdin.end(input);
  const [status, out, err] = await Promise.all([promise, text(child.stdout), text(child.stderr)]);
  if (status !== 0)
    throw new Error(
      `The embedded PostgreSQL could not be set up: ${program} ended with ${status}: ${err || out}`,
    );
}
