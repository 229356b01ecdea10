import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { z } from 'zod';
import { commandLine } from '../../sandbox/postgres/running-process.ts';
import { ROOT, type ScratchTree, scratchTree } from './scratch-tree.ts';

const report = z.object({
  command: z.string(),
  pid: z.number(),
  parent: z.number(),
  databaseUrl: z.string().optional(),
  databaseUser: z.string(),
  migrateUser: z.string(),
  spawn: z.string(),
  writeEvidence: z.string(),
  writeState: z.string(),
  writeDatabase: z.string(),
  writeElsewhere: z.string(),
  writeConfigured: z.string(),
});
type Report = z.infer<typeof report>;

const POLL_MS = 10;

let tree: ScratchTree;
let dataDir: string;
const children: ChildProcess[] = [];

// The fixture takes the place of the program in a tree that has the real launcher and the real database.
beforeAll(async () => {
  tree = await scratchTree({ copied: ['bin', 'sandbox/postgres', 'package.json'], linked: ['node_modules'] });
  await mkdir(join(tree.path, 'src'));
  await cp(join(ROOT, 'test/ground/fixtures/main.ts'), join(tree.path, 'src/main.ts'));
  dataDir = await mkdtemp(join(tmpdir(), 'firebreak-data-'));
});

afterEach(async () => {
  for (const child of children.splice(0)) {
    child.kill('SIGTERM');
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
  }
});

afterAll(async () => {
  await tree[Symbol.asyncDispose]();
  await rm(dataDir, { recursive: true, force: true });
});

type Run = { readonly child: ChildProcess; next(): Promise<Report>; readonly ended: Promise<unknown[]> };

function firebreak(args: readonly string[], environment: Readonly<Record<string, string>> = {}): Run {
  const inherited = { PATH: process.env['PATH'], FIREBREAK_DATA_DIR: dataDir };
  const child = spawn(process.execPath, [join(tree.path, 'bin/firebreak.mjs'), ...args], {
    cwd: tree.path,
    env: { ...inherited, ...environment },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  children.push(child);
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const next = async (): Promise<Report> =>
    report.parse(JSON.parse(z.string().parse((await lines.next()).value)));
  return { child, next, ended: once(child, 'exit') };
}

test('serve migrates as the owner, then serves as a role that owns nothing, both on the embedded database', async () => {
  const run = firebreak(['serve']);
  expect(await run.next()).toMatchObject({ command: 'migrate', migrateUser: 'firebreak_owner' });
  expect(await run.next()).toMatchObject({
    command: 'serve',
    databaseUser: 'firebreak',
    migrateUser: 'none',
  });
});

test('the program may write evidence and state, and may start no program and touch neither the database nor anything else', async () => {
  const run = firebreak(['serve']);
  await run.next();
  expect(await run.next()).toMatchObject({
    spawn: 'ERR_ACCESS_DENIED',
    writeEvidence: 'allowed',
    writeState: 'allowed',
    writeDatabase: 'ERR_ACCESS_DENIED',
    writeElsewhere: 'ERR_ACCESS_DENIED',
    writeConfigured: 'ERR_ACCESS_DENIED',
  });
});

test("the config file's evidence directory, relative to that file, may be written", async () => {
  const config = join(dataDir, 'firebreak.yml');
  await writeFile(config, 'evidence: { directory: ./configured }\n');
  const run = firebreak(['audit', 'verify'], { FIREBREAK_CONFIG: config });
  expect(await run.next()).toMatchObject({ command: 'audit', writeConfigured: 'allowed' });
});

test('no folder for evidence may be written when it goes to S3', async () => {
  const config = join(dataDir, 'firebreak.yml');
  await writeFile(config, 'evidence: { s3: { bucket: evidence, region: eu-west-1 } }\n');
  const run = firebreak(['audit', 'verify'], { FIREBREAK_CONFIG: config });
  expect(await run.next()).toMatchObject({
    command: 'audit',
    writeEvidence: 'ERR_ACCESS_DENIED',
    writeState: 'allowed',
  });
});

test.for(['SIGTERM', 'SIGINT', 'SIGHUP'] as const)(
  '%s goes to the program, the database stops after it, and its exit status comes back',
  async (signal) => {
    const run = firebreak(['serve']);
    await run.next();
    const { databaseUrl } = await run.next();
    run.child.kill(signal);
    expect(await run.ended).toEqual([7, null]);
    expect(await listens(databaseUrl)).toBe(false);
  },
);

test('a launcher that is killed takes the program with it, and the next start works', async () => {
  const killed = firebreak(['serve']);
  await killed.next();
  const { pid } = await killed.next();
  killed.child.kill('SIGKILL');
  await killed.ended;
  while (commandLine(pid) !== '') await delay(POLL_MS);
  const run = firebreak(['serve']);
  expect(await run.next()).toMatchObject({ command: 'migrate' });
  expect(await run.next()).toMatchObject({ command: 'serve' });
});

test('with DATABASE_URL it starts no database, hides the owner, and becomes the program itself, restricted', async () => {
  const run = firebreak(['serve'], {
    DATABASE_URL: 'postgres://given@127.0.0.1:1/db',
    DATABASE_MIGRATE_URL: 'postgres://owner@127.0.0.1:1/db',
  });
  const started = await run.next();
  expect(started).toMatchObject({ command: 'serve', databaseUser: 'given', migrateUser: 'none' });
  expect(started).toMatchObject({ pid: run.child.pid, parent: process.pid, spawn: 'ERR_ACCESS_DENIED' });
});

test('migrate with DATABASE_MIGRATE_URL is given it, and starts no database', async () => {
  const run = firebreak(['migrate'], { DATABASE_MIGRATE_URL: 'postgres://owner@127.0.0.1:1/db' });
  expect(await run.next()).toMatchObject({ command: 'migrate', migrateUser: 'owner', parent: process.pid });
});

async function listens(url: string | undefined): Promise<boolean> {
  const { hostname, port } = new URL(z.string().parse(url));
  return fetch(`http://${hostname}:${port}/`).then(
    () => true,
    (error: unknown) => !(error instanceof Error && JSON.stringify(error.cause).includes('ECONNREFUSED')),
  );
}

// An old Node is rarely at hand, so this one says that it is old before the entry looks.
test.for(['firebreak', 'demo', 'test', 'test-cluster', 'bench'])(
  'on an old Node, bin/%s.mjs says in one sentence what to do',
  async (entry) => {
    const old = 'data:text/javascript,Object.defineProperty(process.versions, "node", { value: "20.20.2" })';
    const child = spawn(process.execPath, [`--import=${old}`, join(ROOT, `bin/${entry}.mjs`), 'serve']);
    const [[status], output] = await Promise.all([once(child, 'exit'), text(child.stderr)]);
    expect(status).toBe(1);
    expect(output).toMatch(/^Firebreak needs Node\.js 24 or later and this is v20\.20\.2: .*npm start.*\n$/);
  },
);

test('the suite for a real cluster says how to make one when none is named, and fails', async () => {
  const environment = { PATH: process.env['PATH'] };
  const child = spawn(process.execPath, [join(ROOT, 'bin/test-cluster.mjs')], { env: environment });
  const [[status], output] = await Promise.all([once(child, 'exit'), text(child.stderr)]);
  expect(status).toBe(1);
  expect(output).toContain('kind create cluster');
});
