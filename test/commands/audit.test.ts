import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type LedgerFixture, ledgerFixture } from '../ledger-fixture.ts';
import { runCommand } from './run-command.ts';

let fixture: LedgerFixture;
let dataDir: string;
beforeAll(async () => {
  fixture = await ledgerFixture();
  dataDir = await mkdtemp(join(tmpdir(), 'firebreak-audit-'));
  await fixture.request();
  await fixture.request();
});
afterAll(async () => {
  await fixture?.[Symbol.asyncDispose]();
  await rm(dataDir, { recursive: true, force: true });
});

const audit = (...args: readonly string[]) =>
  runCommand(['audit', ...args], { DATABASE_URL: fixture.urls.serveUrl, FIREBREAK_DATA_DIR: dataDir });

test('verify says that the chain is intact and prints its head, which verifies as an anchor', async () => {
  const { code, stdout } = await audit('verify');
  expect(stdout).toMatch(/^The chain of 3 events is intact; 0 texts were erased\. Head: 3:[0-9a-f]{64}\n$/);
  expect(code).toBe(0);
  const head = stdout.trim().split(' ').at(-1) ?? '';
  expect((await audit('verify', '--anchor', head)).code).toBe(0);
  const other = await audit('verify', '--anchor', `2:${head.split(':')[1]}`);
  expect(other.code).toBe(1);
  expect(other.stdout).toContain('broken at event 2 (anchor)');
});

test('export writes JSONL that verifies without a database, and not once it was changed', async () => {
  const { code, stdout } = await audit('export');
  expect(code).toBe(0);
  const lines = stdout.trimEnd().split('\n');
  expect(lines).toHaveLength(4);
  const file = join(dataDir, 'export.jsonl');
  await writeFile(file, stdout);
  const offline = { FIREBREAK_DATA_DIR: dataDir };
  expect((await runCommand(['audit', 'verify', '--file', file], offline)).code).toBe(0);
  expect(await readdir(dataDir)).not.toContain('postgres');
  await writeFile(file, stdout.replace('"case.opened"', '"case.0pened"'));
  const tampered = await runCommand(['audit', 'verify', '--file', file], offline);
  expect(tampered.code).toBe(1);
  expect(tampered.stdout).toContain('broken at event 1');
});

test('verify names the first row that an owner changed', async () => {
  const owner = new pg.Client(fixture.urls.ownerUrl);
  await owner.connect();
  await owner.query(`alter table firebreak.audit_events disable trigger user`);
  await owner.query(`update firebreak.audit_events set type = 'run.denied' where seq = 2`);
  await owner.end();
  const { code, stdout } = await audit('verify');
  expect(stdout).toContain('broken at event 2 (column)');
  expect(code).toBe(1);
});

test.each([
  [['verify', '--anchr', '1'], '--anchr'],
  [['verify', '--anchor', 'one'], 'one is not an anchor'],
  [['verify', 'everything'], 'everything'],
  [['verify', '--file', '/nowhere/at/all'], '/nowhere/at/all can’t be read'],
  [['erase'], 'firebreak audit verify'],
])('%j is refused with a sentence and no stack', async (args, says) => {
  const { code, stdout, stderr } = await audit(...args);
  expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
  expect(stderr).toContain(says);
  expect(stderr).not.toMatch(/^\s+at /m);
});

test('a database that is away or was never migrated is named, without its password', async () => {
  const away = await runCommand(['audit', 'verify'], {
    DATABASE_URL: 'postgres://firebreak:hunter2hunter2@127.0.0.1:9/firebreak',
    FIREBREAK_DATA_DIR: dataDir,
  });
  expect(away.code).toBe(1);
  expect(away.stderr).toContain('The database can’t be reached');
  expect(away.stderr).not.toMatch(/hunter2|^\s+at /m);
  const url = new URL(fixture.urls.serveUrl);
  url.pathname = '/postgres';
  const bare = await runCommand(['audit', 'verify'], { DATABASE_URL: url.href, FIREBREAK_DATA_DIR: dataDir });
  expect(bare.code).toBe(1);
  expect(bare.stderr).toContain('firebreak migrate');
});
