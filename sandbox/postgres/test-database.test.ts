import pg from 'pg';
import { expect, test } from 'vitest';
import { testDatabase } from './test-database.ts';
import { testServer } from './test-server.ts';

async function query(url: string, sql: string): Promise<readonly unknown[]> {
  const client = new pg.Client(url);
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(sql)).rows;
  } finally {
    await client.end();
  }
}

test('each caller gets a database of its own', async () => {
  await using first = await testDatabase();
  await using second = await testDatabase();
  await query(first.ownerUrl, 'create table only_in_the_first (id int)');
  await expect(query(second.ownerUrl, 'select * from only_in_the_first')).rejects.toThrow('does not exist');
});

test('the serving role can neither create nor take over anything', async () => {
  await using database = await testDatabase();
  await query(database.ownerUrl, 'create table owned (id int)');
  await expect(query(database.serveUrl, 'create table mine (id int)')).rejects.toThrow('permission denied');
  await expect(query(database.serveUrl, 'create temporary table mine (id int)')).rejects.toThrow(
    'permission denied',
  );
  await expect(query(database.serveUrl, 'drop table owned')).rejects.toThrow('must be owner');
  await expect(query(database.serveUrl, 'select * from owned')).rejects.toThrow('permission denied');
});

test('a closed database is dropped although a session is still open', async () => {
  const database = await testDatabase();
  const open = new pg.Client(database.serveUrl);
  const ended = Promise.withResolvers<Error>();
  open.on('error', ended.resolve);
  await open.connect();
  await database.close();
  expect(String(await ended.promise)).toMatch(/terminat/);
  await expect(query(database.ownerUrl, 'select 1')).rejects.toThrow('does not exist');
});

test('a server that was stopped or crashed comes back under the same URLs with what was committed', async () => {
  await using server = await testServer();
  await query(server.ownerUrl, 'create table kept (id int)');
  for (const mode of ['fast', 'crash'] as const) {
    await server.stop(mode);
    await expect(query(server.ownerUrl, 'select 1')).rejects.toThrow('ECONNREFUSED');
    await server.start();
    expect(await query(server.ownerUrl, 'select count(*)::int as n from kept')).toEqual([{ n: 0 }]);
  }
});
