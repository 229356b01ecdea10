import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { rm } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { commandLine } from './running-process.ts';
import { testDatabase } from './test-database.ts';
import { testServer } from './test-server.ts';

const POLL_MS = 10;

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

test('a run of tests that is killed takes its server with it', async (context) => {
  const able = spawnSync('setpriv', ['--pdeathsig', 'QUIT', 'true']).status === 0;
  context.skip(!able, 'this machine has no setpriv that sets a signal for the death of the parent');
  const program = `
    import { testServer } from '${import.meta.dirname}/test-server.ts';
    const server = await testServer();
    console.log(server.dataDir, server.pid());
    setInterval(() => {}, 1_000);`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', program], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [line] = z.tuple([z.string()]).parse(await once(createInterface({ input: child.stdout }), 'line'));
  const [dataDir = '', pid] = line.split(' ');
  expect(commandLine(Number(pid))).toContain(dataDir);
  child.kill('SIGKILL');
  while (commandLine(Number(pid)) !== '') await delay(POLL_MS);
  await rm(dataDir, { recursive: true, force: true });
});
