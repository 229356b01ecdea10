import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { testDatabase } from '../../sandbox/postgres/test-database.ts';
import { runCommand } from './run-command.ts';

let dataDir: string;
let config: string;
beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'firebreak-serve-'));
  config = join(dataDir, 'firebreak.yml');
  await writeFile(config, 'clusters: {}\nchannels: {}\n');
});
afterAll(() => rm(dataDir, { recursive: true, force: true }));

const variables = () => ({
  FIREBREAK_DATA_DIR: dataDir,
  FIREBREAK_CONFIG: config,
  FIREBREAK_ADMIN_PORT: '0',
  SLACK_BOT_TOKEN: 'xoxb-000000000000',
  SLACK_SIGNING_SECRET: 'a signing secret of this test',
  SLACK_API_URL: 'http://127.0.0.1:9/api/',
  LOG_LEVEL: 'silent',
});

test('a start that fails half way ends the process and says why', async () => {
  await using database = await testDatabase();
  const occupied = createServer().listen(0, '127.0.0.1');
  await once(occupied, 'listening');
  const address = occupied.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  const { code, stderr } = await runCommand(['serve'], {
    ...variables(),
    DATABASE_URL: database.serveUrl,
    PORT: String(address.port),
  });
  occupied.close();
  expect(code).toBe(1);
  expect(stderr).toContain(`Port ${address.port} is taken by another process. Free it or set PORT`);
});

test('a configuration with mistakes ends the process before anything is started', async () => {
  const { code, stderr } = await runCommand(['serve'], {
    ...variables(),
    DATABASE_URL: 'postgres://firebreak@127.0.0.1:9/firebreak',
    FIREBREAK_CONFIG: join(dataDir, 'none.yml'),
  });
  expect(code).toBe(1);
  expect(stderr).toContain('can’t be read');
});
