import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { childClient } from './child-client.ts';
import { collectRequest, openTestBundle } from './open-test-bundle.ts';

const SHELLS = [
  { shell: 'dash', argv: ['dash', '-s'] },
  { shell: 'bash', argv: ['bash', '-s'] },
  { shell: 'busybox', argv: ['busybox', 'sh', '-s'] },
].filter(({ argv }) =>
  (process.env['PATH'] ?? '').split(':').some((folder) => existsSync(join(folder, argv[0] ?? ''))),
);

const AWKWARD = [
  'new\nline',
  'two  spaces',
  '$(touch planted)',
  '`touch planted`',
  "it's",
  'a "quote"',
  'a;b&c|d',
  '-rf',
  '--checkpoint-action=exec=touch planted',
  '*',
  '[a]?',
  'back\\slash',
  'tab\there',
  'n'.repeat(255),
];

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'suspect-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** Extracts an archive and gives the names in it, bytes as latin1. */
const extract = (archive: string): { readonly place: string; readonly names: readonly string[] } => {
  const place = mkdtempSync(join(folder, '..', 'extracted-'));
  execFileSync('tar', ['-xf', archive, '-C', place, '--no-same-owner']);
  return { place, names: readdirSync(join(place, folder), { encoding: 'latin1' }).sort() };
};

describe.each(SHELLS)('files read by $shell', ({ argv }) => {
  it('arrive as one tar with every name byte for byte, counted and hashed at both ends', async () => {
    for (const name of AWKWARD) writeFileSync(join(folder, name), name);
    writeFileSync(Buffer.concat([Buffer.from(`${folder}/bad-`), Buffer.from([0xff, 0xfe])]), 'bytes');
    const deep = join(folder, ...Array.from({ length: 12 }, () => 'd'.repeat(100)));
    mkdirSync(deep, { recursive: true });
    writeFileSync(join(deep, 'bottom'), 'deep');
    using test = openTestBundle(childClient({ argv }));
    const artifact = await test.bundle.collect(collectRequest({ paths: [folder] }));
    expect(artifact).toMatchObject({ name: 'files.tar', completeness: 'VERIFIED', tools: 'suspect' });
    expect(artifact.source).toEqual({ bytes: artifact.bytes, sha256: artifact.sha256 });
    const { place, names } = extract(join(test.folder, 'files.tar'));
    try {
      expect(names).toEqual(readdirSync(folder, { encoding: 'latin1' }).sort());
      expect(existsSync(join(place, deep, 'bottom'))).toBe(true);
      expect(readdirSync(folder)).not.toContain('planted');
    } finally {
      rmSync(place, { recursive: true, force: true });
    }
  });

  it('leave no process behind', async () => {
    writeFileSync(join(folder, 'one'), 'one');
    const client = childClient({ argv });
    using test = openTestBundle(client);
    await test.bundle.collect(collectRequest({ paths: [folder] }));
    expect(client.commands).toEqual([['sh', '-s']]);
    expect(client.remaining()).toEqual([]);
  });

  it('do not put the end of the collector’s own watchers into the mouth of the container’s tools', async () => {
    writeFileSync(join(folder, 'one'), 'one');
    // Whether a shell speaks of its ended child depends on which signal comes first.
    for (let round = 0; round < 5; round += 1) {
      using test = openTestBundle(childClient({ argv }));
      const { notes } = await test.bundle.collect(collectRequest({ paths: [folder] }));
      expect(notes.filter((note) => note.includes('tools said'))).toEqual([]);
    }
  });

  it('keep hard links, and take little room for holes where tar can', async () => {
    writeFileSync(join(folder, 'first'), 'linked');
    linkSync(join(folder, 'first'), join(folder, 'second'));
    writeFileSync(join(folder, 'sparse'), '');
    truncateSync(join(folder, 'sparse'), 4 * 1024 * 1024);
    using test = openTestBundle(childClient({ argv }));
    const artifact = await test.bundle.collect(collectRequest({ paths: [folder] }));
    const { place } = extract(join(test.folder, 'files.tar'));
    try {
      const [first, second, sparse] = ['first', 'second', 'sparse'].map((name) =>
        statSync(join(place, folder, name)),
      );
      expect(first?.ino).toBe(second?.ino);
      expect(sparse?.size).toBe(4 * 1024 * 1024);
      if (argv[0] !== 'busybox') expect(artifact.bytes).toBeLessThan(100_000);
    } finally {
      rmSync(place, { recursive: true, force: true });
    }
  });

  it('stop at the size limit at the source, and say that something is missing', async () => {
    writeFileSync(join(folder, 'big'), Buffer.alloc(3 * 1024 * 1024, 'x'));
    const client = childClient({ argv });
    using test = openTestBundle(client);
    const artifact = await test.bundle.collect(collectRequest({ paths: [folder], maxBytes: 1024 * 1024 }));
    expect(artifact).toMatchObject({ completeness: 'INCOMPLETE', bytes: 1024 * 1024 });
    expect(artifact.notes[0]).toContain('size limit');
    await expect.poll(() => client.remaining()).toEqual([]);
  });

  it('are whole when they are exactly as long as the limit', async () => {
    writeFileSync(join(folder, 'some'), 'some');
    using probe = openTestBundle(childClient({ argv }));
    const { bytes } = await probe.bundle.collect(collectRequest({ paths: [folder] }));
    using test = openTestBundle(childClient({ argv }));
    const artifact = await test.bundle.collect(collectRequest({ paths: [folder], maxBytes: bytes }));
    expect(artifact).toMatchObject({ completeness: 'VERIFIED', bytes });
  });

  it('end at the deadline when the source gives one byte a second', async (context) => {
    if (argv[0] === 'busybox') return context.skip('busybox runs the tar that it has inside');
    const slow = join(folder, 'tar');
    writeFileSync(
      slow,
      '#!/bin/sh\ncase $1 in --version) exit 0 ;; esac\nwhile :; do printf x; sleep 1; done\n',
    );
    chmodSync(slow, 0o755);
    const client = childClient({ argv, env: { PATH: `${folder}:${process.env['PATH']}` } });
    using test = openTestBundle(client);
    const artifact = await test.bundle.collect(collectRequest({ paths: [folder], deadlineSeconds: 2 }));
    expect(artifact.completeness).toBe('INCOMPLETE');
    expect(artifact.notes[0]).toContain('stopped at its deadline');
    await expect.poll(() => client.remaining()).toEqual([]);
  });

  it('end with nobody left to listen: stopping ends the remote by its stdin', async () => {
    const stop = new AbortController();
    const client = childClient({ argv, spoil: { stdout: (source) => thenStop(source, stop) } });
    writeFileSync(join(folder, 'big'), Buffer.alloc(3 * 1024 * 1024, 'x'));
    using test = openTestBundle(client, stop.signal);
    const artifact = await test.bundle.collect(collectRequest({ paths: [folder] }));
    expect(artifact.completeness).toBe('INCOMPLETE');
    expect(artifact.notes[0]).toContain('was stopped');
    await expect.poll(() => client.remaining()).toEqual([]);
  });

  it('that never come are given up: the end of stdin alone ends the remote', async (context) => {
    if (argv[0] === 'busybox') return context.skip('busybox runs the tar that it has inside');
    const silent = join(folder, 'tar');
    writeFileSync(silent, '#!/bin/sh\ncase $1 in --version) exit 0 ;; esac\nexec sleep 300\n');
    chmodSync(silent, 0o755);
    const stop = new AbortController();
    const client = childClient({
      argv,
      env: { PATH: `${folder}:${process.env['PATH']}` },
      spoil: { stderr: (source) => stopAtFirst(source, stop) },
    });
    using test = openTestBundle(client, stop.signal);
    const artifact = await test.bundle.collect(collectRequest({ paths: [folder] }));
    expect(artifact.completeness).toBe('INCOMPLETE');
    await expect.poll(() => client.remaining(), { timeout: 10_000 }).toEqual([]);
  });

  it.for([
    { protocol: 'v5', ends: 'by its stdin' },
    { protocol: 'v4', ends: 'at its deadline' },
  ] as const)(
    'whose reader died leave no process: on $protocol it ends $ends',
    async ({ protocol }, context) => {
      if (argv[0] === 'busybox') return context.skip('busybox runs the tar that it has inside');
      const silent = join(folder, 'tar');
      writeFileSync(
        silent,
        '#!/bin/sh\ncase $1 in --version) exit 0 ;; esac\necho ready >&2\nexec sleep 300\n',
      );
      chmodSync(silent, 0o755);
      const stderr = async function* (source: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array> {
        for await (const piece of source) {
          yield piece;
          if (Buffer.from(piece).includes('ready')) client.drop();
        }
      };
      const client = childClient({
        argv,
        protocol,
        env: { PATH: `${folder}:${process.env['PATH']}` },
        spoil: { stderr },
      });
      using test = openTestBundle(client);
      const deadlineSeconds = protocol === 'v5' ? 300 : 2;
      const artifact = await test.bundle.collect(collectRequest({ paths: [folder], deadlineSeconds }));
      expect(artifact.completeness).toBe('INCOMPLETE');
      await expect.poll(() => client.remaining(), { timeout: 10_000 }).toEqual([]);
    },
  );

  it('never count as whole when the stream lost its tail', async () => {
    writeFileSync(join(folder, 'some'), Buffer.alloc(300_000, 'x'));
    const spoil = { stdout: (source: AsyncIterable<Uint8Array>) => firstBytes(source, 200_001) };
    using test = openTestBundle(childClient({ argv, spoil }));
    const artifact = await test.bundle.collect(collectRequest({ paths: [folder] }));
    expect(artifact).toMatchObject({ completeness: 'INCOMPLETE', bytes: 200_001 });
    expect(artifact.notes[0]).toMatch(/The source sent \d+ bytes and 200001 arrived/);
  });

  it('never count as whole with a changed byte', async () => {
    writeFileSync(join(folder, 'some'), 'some');
    using test = openTestBundle(childClient({ argv, spoil: { stdout: changeOneByte } }));
    const artifact = await test.bundle.collect(collectRequest({ paths: [folder] }));
    expect(artifact.completeness).toBe('INCOMPLETE');
    expect(artifact.notes[0]).toContain('SHA-256');
  });

  it('never count as whole without the end mark, whatever the exit status', async () => {
    writeFileSync(join(folder, 'some'), 'some');
    using test = openTestBundle(childClient({ argv, spoil: { stderr: nothing } }));
    const artifact = await test.bundle.collect(collectRequest({ paths: [folder] }));
    expect(artifact.completeness).toBe('INCOMPLETE');
    expect(artifact.notes[0]).toContain('end mark');
  });

  it('never count as whole without a status', async () => {
    writeFileSync(join(folder, 'some'), 'some');
    const status = { kind: 'unknown', why: 'the connection was cut' } as const;
    using test = openTestBundle(childClient({ argv, spoil: { status } }));
    const artifact = await test.bundle.collect(collectRequest({ paths: [folder] }));
    expect(artifact.completeness).toBe('INCOMPLETE');
    expect(artifact.notes[0]).toContain('the connection was cut');
  });

  it('name the paths that are not there, and those that hold secrets', async () => {
    const secret = join(folder, 'secret');
    mkdirSync(secret);
    writeFileSync(join(secret, 'token'), 'hush-hush');
    symlinkSync(secret, join(folder, 'by-link'));
    const refused = [`${secret}/token`, `${folder}/by-link/token`, `${folder}/absent`, '/proc/self'];
    // Leads to the root file system, which may be another container's.
    refused.push(`/proc/self/root${folder}`);
    const asked = [...refused, folder];
    using test = openTestBundle(childClient({ argv }));
    const artifact = await test.bundle.collect(collectRequest({ paths: asked, secretMounts: [secret] }));
    expect(artifact.completeness).toBe('INCOMPLETE');
    const said = artifact.notes.join('\n');
    for (const path of refused) expect(said).toContain(JSON.stringify(path));
    expect(test.read('files.tar').includes('hush-hush')).toBe(false);
    expect(test.read('files.tar').includes('by-link')).toBe(true);
  });

  it('say which could not be read by the user of the container', async (context) => {
    if (process.getuid?.() !== 0) return context.skip('another user needs root');
    chmodSync(folder, 0o755);
    writeFileSync(join(folder, 'open'), 'open');
    writeFileSync(join(folder, 'closed'), 'closed', { mode: 0o600 });
    const client = childClient({
      argv: ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups', ...argv],
    });
    using test = openTestBundle(client);
    const artifact = await test.bundle.collect(collectRequest({ paths: [folder] }));
    expect(artifact.completeness).toBe('VERIFIED');
    expect(artifact.notes.join('\n')).toContain('could not read 1 paths');
    expect(artifact.notes.join('\n')).toMatch(/closed.*Permission denied/);
  });

  it('do not cost a container its life when its memory limit leaves no room', async (context) => {
    if (process.getuid?.() !== 0) return context.skip('a cgroup of its own needs root');
    const limits = {
      'memory.max': 64 * 1024 * 1024,
      'memory.current': 60 * 1024 * 1024,
      'memory.stat': `anon 1\ninactive_file ${1024 * 1024}`,
    };
    const files = Object.entries(limits).map(([name, text]) => `printf '%s\\n' '${text}' >${name}`);
    const prepare = `mount -t tmpfs none /sys/fs/cgroup && cd /sys/fs/cgroup && ${files.join(' && ')} && cd / && exec "$@"`;
    const client = childClient({ argv: ['unshare', '--mount', 'sh', '-c', prepare, 'sh', ...argv] });
    using test = openTestBundle(client);
    const artifact = await test.bundle.collect(collectRequest({ paths: [folder] }));
    expect(artifact).toMatchObject({ completeness: 'INCOMPLETE', bytes: 0 });
    expect(artifact.notes[0]).toContain(`leaves ${5 * 1024 * 1024} bytes`);
    expect(client.remaining()).toEqual([]);
  });

  it('end only what belongs to the visit where the runtime gives it no process group of its own', async () => {
    const stop = new AbortController();
    const inner = argv.join(' ');
    // The outer shell stands for the container's own process: same group, and it has to live.
    const client = childClient({
      argv: ['dash', '-c', `${inner}; sleep 0.3; echo survived >"${folder}/survived"`],
      spoil: { stdout: (source) => thenStop(source, stop) },
    });
    writeFileSync(join(folder, 'big'), Buffer.alloc(3 * 1024 * 1024, 'x'));
    using test = openTestBundle(client, stop.signal);
    await test.bundle.collect(collectRequest({ paths: [folder] }));
    await expect.poll(() => existsSync(join(folder, 'survived')), { timeout: 5000 }).toBe(true);
    await expect.poll(() => client.remaining()).toEqual([]);
  });
});

describe('a container', () => {
  it('without a shell is said to have none, and no artifact is begun', async () => {
    using test = openTestBundle(childClient({ argv: ['/no/such/sh'] }));
    await expect(test.bundle.collect(collectRequest({}))).rejects.toMatchObject({ code: 'no-shell' });
    expect(existsSync(test.folder)).toBe(false);
  });

  it('with a shell and no tar gives no files and says why', async () => {
    for (const tool of ['env', 'cat', 'tee', 'wc', 'sha256sum', 'head', 'sleep']) {
      symlinkSync(
        execFileSync('sh', ['-c', `command -v ${tool}`], { encoding: 'utf8' }).trim(),
        join(folder, tool),
      );
    }
    const dash = execFileSync('sh', ['-c', 'command -v dash'], { encoding: 'utf8' }).trim();
    using test = openTestBundle(childClient({ argv: [dash, '-s'], env: { PATH: folder } }));
    const artifact = await test.bundle.collect(collectRequest({}));
    expect(artifact).toMatchObject({ completeness: 'INCOMPLETE', bytes: 0 });
    expect(artifact.notes[0]).toContain('no tar');
  });

  it('that streams without end and without being asked is cut at the size limit here', async () => {
    const client = childClient({ argv: ['sh', '-c', 'exec yes'] });
    using test = openTestBundle(client);
    const artifact = await test.bundle.collect(collectRequest({ maxBytes: 500_000 }));
    expect(artifact).toMatchObject({ completeness: 'INCOMPLETE', bytes: 500_000 });
    await expect.poll(() => client.remaining()).toEqual([]);
  });
});

async function* firstBytes(source: AsyncIterable<Uint8Array>, count: number): AsyncIterable<Uint8Array> {
  let left = count;
  for await (const piece of source) {
    if (left > 0) yield piece.subarray(0, left);
    left -= piece.length;
  }
}

async function* changeOneByte(source: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array> {
  let isFirst = true;
  for await (const piece of source) {
    if (isFirst) yield Uint8Array.from(piece, (byte, index) => (index === 0 ? byte ^ 1 : byte));
    else yield piece;
    isFirst = false;
  }
}

/** Hands over the first piece, then stops the run and gives no more. */
async function* thenStop(
  source: AsyncIterable<Uint8Array>,
  stop: AbortController,
): AsyncIterable<Uint8Array> {
  for await (const piece of source) {
    yield piece;
    stop.abort(new Error('a person cancelled'));
    await new Promise(() => undefined);
  }
}

async function* stopAtFirst(
  source: AsyncIterable<Uint8Array>,
  stop: AbortController,
): AsyncIterable<Uint8Array> {
  for await (const piece of source) {
    stop.abort(new Error('a person cancelled'));
    yield piece;
  }
}

async function* nothing(source: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array> {
  for await (const piece of source) if (piece.length < 0) yield piece;
}
