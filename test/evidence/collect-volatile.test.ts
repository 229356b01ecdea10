import { type ChildProcess, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  realpathSync,
  rmSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { childClient } from './child-client.ts';
import { collectRequest, openTestBundle } from './open-test-bundle.ts';

const SHELLS = [
  { shell: 'dash', argv: ['dash', '-s'] },
  { shell: 'bash', argv: ['bash', '-s'] },
  { shell: 'busybox', argv: ['busybox', 'sh', '-s'] },
].filter(({ argv }) =>
  (process.env['PATH'] ?? '').split(':').some((folder) => existsSync(join(folder, argv[0] ?? ''))),
);

const recordSchema = z.looseObject({ type: z.string() });
type Record = z.infer<typeof recordSchema>;

const records = (content: Buffer): readonly Record[] =>
  content
    .toString('utf8')
    .trimEnd()
    .split('\n')
    .map((line) => recordSchema.parse(JSON.parse(line)));

const AWKWARD = 'a\nb "c" $(touch planted) ; \'d\'';

let folder: string;
let children: ChildProcess[];
let server: Server | undefined;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'suspect-'));
  children = [];
});
afterEach(() => {
  for (const child of children) child.kill('SIGKILL');
  server?.close();
  server = undefined;
  rmSync(folder, { recursive: true, force: true });
});

const start = async (file: string, args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<number> => {
  const child = spawn(file, args, { env, stdio: ['ignore', 'pipe', 'ignore'], cwd: folder });
  children.push(child);
  await new Promise((resolve) => child.once('spawn', resolve));
  return child.pid ?? 0;
};

const ofProcess = (all: readonly Record[], pid: number): Record | undefined =>
  all.find((record) => record.type === 'process' && record['pid'] === pid);

const volatileRequest = (secretMounts: readonly string[] = []) =>
  collectRequest({ collection: 'volatile', secretMounts });

describe.each(SHELLS)('volatile state read by $shell', ({ argv }) => {
  it('is whole, in the order of volatility, and leaves no process', async () => {
    const client = childClient({ argv });
    using test = openTestBundle(client);
    const artifact = await test.bundle.collect(volatileRequest());
    expect(artifact).toMatchObject({ name: 'volatile.jsonl', completeness: 'COUNTED', tools: 'suspect' });
    expect(artifact.notes.join('\n')).toContain('equal at the source and on arrival');
    const all = records(test.read('volatile.jsonl'));
    const types = [...new Set(all.map(({ type }) => type))];
    expect(types.slice(0, 2)).toEqual(['collector', 'time']);
    expect(types.indexOf('process')).toBeGreaterThan(0);
    expect(types.indexOf('socket')).toBeGreaterThan(types.indexOf('process'));
    expect(all.at(-1)).toEqual({ type: 'end' });
    expect(all).toContainEqual(expect.objectContaining({ type: 'file', path: '/proc/self/mountinfo' }));
    expect(client.remaining()).toEqual([]);
  });

  it('shows a process with any bytes in its arguments and names', async () => {
    const cwd = join(folder, AWKWARD);
    mkdirSync(cwd);
    const open = join(cwd, 'open');
    writeFileSync(open, '');
    const pid = await start('bash', ['-c', 'cd "$1"; exec 9<open; sleep 60 & wait; :', AWKWARD, cwd]);
    await expect.poll(() => existsSync(`/proc/${pid}/fd/9`)).toBe(true);
    using test = openTestBundle(childClient({ argv }));
    await test.bundle.collect(volatileRequest());
    expect(ofProcess(records(test.read('volatile.jsonl')), pid)).toMatchObject({
      ppid: process.pid,
      comm: 'bash',
      cmdline: ['bash', '-c', expect.any(String), AWKWARD, cwd],
      cwd,
      exe: realpathSync('/proc/self/root/bin/bash'),
      exeDeleted: false,
      fds: expect.arrayContaining([{ fd: 9, target: open }]),
      maps: expect.arrayContaining([expect.stringContaining('/bin/bash')]),
      startTicks: expect.any(Number),
    });
  });

  it('keeps bytes that are no UTF-8', async () => {
    const odd = Buffer.concat([Buffer.from(`${folder}/`), Buffer.from([0xff, 0x41])]);
    mkdirSync(odd);
    const pid = await start('sh', ['-c', 'cd ./*A; sleep 60 & wait; :']);
    const client = childClient({ argv });
    using test = openTestBundle(client);
    await expect.poll(() => existsSync(`/proc/${pid}/cwd`)).toBe(true);
    await test.bundle.collect(volatileRequest());
    expect(ofProcess(records(test.read('volatile.jsonl')), pid)?.['cwd']).toEqual({
      base64: odd.toString('base64'),
    });
  });

  it('marks a program whose file was deleted, and not one that is only named so', async () => {
    const deleted = join(folder, 'gone');
    const named = join(folder, 'kept (deleted)');
    for (const path of [deleted, named]) copyFileSync(realpathSync('/bin/sleep'), path);
    const [gone, kept] = [await start(deleted, ['60']), await start(named, ['60'])];
    unlinkSync(deleted);
    using test = openTestBundle(childClient({ argv }));
    await test.bundle.collect(volatileRequest());
    const all = records(test.read('volatile.jsonl'));
    expect(ofProcess(all, gone)).toMatchObject({ exe: `${deleted} (deleted)`, exeDeleted: true });
    expect(ofProcess(all, kept)).toMatchObject({ exe: named, exeDeleted: false });
  });

  it('keeps names of variables and no value', async () => {
    const pid = await start('sleep', ['60'], {
      API_KEY: 'hush-hush-value',
      'odd\nname': 'other-value',
      EMPTY: '',
    });
    using test = openTestBundle(childClient({ argv, env: { TOKEN: 'hush-hush-value' } }));
    await test.bundle.collect(volatileRequest());
    const value = test.bundle.keyedHash('hush-hush-value');
    expect(value).toMatch(/^hmac-sha256:[0-9a-f]{64}$/);
    expect(ofProcess(records(test.read('volatile.jsonl')), pid)?.['environ']).toEqual([
      { name: 'API_KEY', value },
      { name: 'odd\nname', value: test.bundle.keyedHash('other-value') },
      { name: 'EMPTY', value: test.bundle.keyedHash('') },
    ]);
    expect(test.read('volatile.jsonl').includes('hush-hush-value')).toBe(false);
  });

  it('joins a socket to the process that holds it', async () => {
    server = createServer();
    await new Promise<void>((resolve) => server?.listen(0, '127.0.0.1', resolve));
    const address = server.address();
    const port = typeof address === 'object' ? address?.port : undefined;
    using test = openTestBundle(childClient({ argv }));
    await test.bundle.collect(volatileRequest());
    const all = records(test.read('volatile.jsonl'));
    expect(all).toContainEqual(
      expect.objectContaining({
        type: 'socket',
        protocol: 'tcp',
        state: 'LISTEN',
        local: { address: '127.0.0.1', port },
        owners: [{ pid: process.pid, fd: expect.any(Number) }],
        network: expect.stringMatching(/^net:\[\d+\]$/),
      }),
    );
  });

  it('records a mounted secret by its keyed hash and nothing of its content', async () => {
    const secret = join(folder, 'secret');
    mkdirSync(join(secret, '..data'), { recursive: true });
    writeFileSync(join(secret, '..data', AWKWARD), 'hush-hush', { mode: 0o640 });
    using test = openTestBundle(childClient({ argv }));
    await test.bundle.collect(volatileRequest([secret]));
    const all = records(test.read('volatile.jsonl'));
    expect(all).toContainEqual({
      type: 'secret',
      path: join(secret, '..data', AWKWARD),
      bytes: 9,
      accessed: expect.any(Number),
      modified: expect.any(Number),
      changed: expect.any(Number),
      uid: process.getuid?.(),
      gid: process.getgid?.(),
      mode: '640',
      sha256Keyed: test.bundle.keyedHash(createHash('sha256').update('hush-hush').digest('hex')),
    });
    expect(test.read('volatile.jsonl').includes('hush-hush')).toBe(false);
  });

  it('says that it does not know when the last section is missing', async () => {
    const spoil = { stdout: (source: AsyncIterable<Uint8Array>) => firstBytes(source, 20_000) };
    using test = openTestBundle(childClient({ argv, spoil }));
    const artifact = await test.bundle.collect(volatileRequest());
    expect(artifact.completeness).toBe('INCOMPLETE');
    expect(artifact.notes.join('\n')).toContain('last section is missing');
  });
});

async function* firstBytes(source: AsyncIterable<Uint8Array>, count: number): AsyncIterable<Uint8Array> {
  let left = count;
  for await (const piece of source) {
    if (left > 0) yield piece.subarray(0, left);
    left -= piece.length;
  }
}
