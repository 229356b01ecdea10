import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { passwords } from './passwords.ts';
import { type Database, databaseUrl, startDatabase } from './start-database.ts';

let dataDir: string;
let database: Database;

beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'firebreak-data-'));
  database = await startDatabase({ dataDir });
});

afterAll(async () => {
  await database.close();
  await rm(dataDir, { recursive: true, force: true });
});

async function connect(url: string): Promise<string> {
  const client = new pg.Client(url);
  await client.connect();
  try {
    const { rows } = await client.query<{ role: string }>('select current_user as role');
    return rows[0]?.role ?? '';
  } finally {
    await client.end();
  }
}

test('the owner and the serving role get in with their passwords', async () => {
  expect(await connect(database.ownerUrl)).toBe('firebreak_owner');
  expect(await connect(database.serveUrl)).toBe('firebreak');
});

test('nobody gets in with another password or with none', async () => {
  const port = Number(new URL(database.serveUrl).port);
  await expect(connect(databaseUrl('firebreak', 'guess', port, 'firebreak'))).rejects.toThrow(
    'password authentication failed',
  );
  await expect(connect(`postgres://firebreak@127.0.0.1:${port}/firebreak`)).rejects.toThrow(
    'password must be a string',
  );
});

test('no superuser gets in, with the right password either: one could start programs', async () => {
  const port = Number(new URL(database.serveUrl).port);
  const { superuser } = await passwords(join(dataDir, 'postgres'));
  await expect(connect(databaseUrl('postgres', superuser, port, 'firebreak'))).rejects.toThrow(
    'no pg_hba.conf entry',
  );
});

test('only the user who starts it can read the passwords and the data', async () => {
  const mode = async (name: string): Promise<number> =>
    (await stat(join(dataDir, 'postgres', name))).mode & 0o777;
  expect(await mode('.')).toBe(0o700);
  expect(await mode('data')).toBe(0o700);
  expect(await mode('passwords.json')).toBe(0o600);
});

test('it is written to disk durably', async () => {
  const client = new pg.Client(database.ownerUrl);
  await client.connect();
  const { rows } = await client.query('show fsync');
  await client.end();
  expect(rows).toEqual([{ fsync: 'on' }]);
});

test('a start that is given up ends what it had begun', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'firebreak-data-'));
  try {
    const given = startDatabase({ dataDir: folder, signal: AbortSignal.abort() });
    await expect(given).rejects.toThrow('aborted');
    await expect(stat(join(folder, 'postgres/data'))).rejects.toThrow('ENOENT');
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});
