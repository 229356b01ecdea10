import { randomBytes } from 'node:crypto';
import { createServer, type IncomingMessage } from 'node:http';
import pg from 'pg';
import type { TestProject } from 'vitest/node';
import { connectionGrants, DATABASE_NAME, OWNER_ROLE } from './create-cluster.ts';
import { type DatabaseUrls, type TestServer, testServer } from './test-server.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** Where test files ask for databases; the path is a secret. */
    readonly testDatabases: string;
  }
}

/**
 * One PostgreSQL server for a whole run of tests, started when the first test file asks for a database.
 * `POST` answers the URLs of a new clone of the migrated database as JSON, `DELETE` with a name drops one.
 */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  let server: Promise<TestServer> | undefined;
  const path = `/${randomBytes(16).toString('hex')}`;

  async function answer(request: IncomingMessage): Promise<DatabaseUrls | undefined> {
    const url = new URL(request.url ?? '/', 'http://127.0.0.1');
    if (url.pathname !== path) throw new Error('Not found.');
    server ??= testServer();
    const running = await server;
    if (request.method === 'POST') return clone(running);
    await drop(running, url.searchParams.get('database') ?? '');
    return undefined;
  }

  const http = createServer((request, response) => {
    answer(request).then(
      (urls) => response.writeHead(200).end(JSON.stringify(urls ?? {})),
      (error: unknown) => response.writeHead(500).end(error instanceof Error ? error.stack : String(error)),
    );
  });
  const { promise: listening, resolve } = Promise.withResolvers<void>();
  http.listen(0, '127.0.0.1', resolve);
  await listening;
  const address = http.address();
  if (address === null || typeof address === 'string')
    throw new Error('The server of test databases has no port.');
  project.provide('testDatabases', `http://127.0.0.1:${address.port}${path}`);

  return async () => {
    http.close();
    http.closeAllConnections();
    await (await server?.catch(() => undefined))?.close();
  };
}

async function clone(server: TestServer): Promise<DatabaseUrls> {
  const name = `test_${randomBytes(8).toString('hex')}`;
  await asAdmin(server, [
    `create database ${name} template ${DATABASE_NAME} owner ${OWNER_ROLE}`,
    // A clone does not take over who may connect.
    ...connectionGrants(name),
  ]);
  return server.urls(name);
}

async function drop(server: TestServer, name: string): Promise<void> {
  if (!/^test_[0-9a-f]{16}$/.test(name)) throw new Error(`Not the name of a test's database: ${name}`);
  await asAdmin(server, [`drop database if exists ${name} with (force)`]);
}

async function asAdmin(server: TestServer, statements: readonly string[]): Promise<void> {
  const client = new pg.Client(server.urls('postgres').adminUrl);
  await client.connect();
  try {
    for (const statement of statements) await client.query(statement);
  } finally {
    await client.end();
  }
}
