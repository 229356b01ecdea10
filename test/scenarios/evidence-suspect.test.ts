import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import type { Image } from '../../sandbox/cluster/runtime/image.ts';
import { needProcesses, type Scene, startScene } from './cluster-scene.ts';
import { folderState, processesBeside } from './container-state.ts';
import { readBundle } from './read-bundle.ts';
import { scenePod } from './scene-pod.ts';

vi.setConfig({ maxConcurrency: 8 });

const script = (text: string) => ({ content: `#!/bin/sh\n${text}\n`, mode: 0o755 });
const image = (files: Image['files'] = {}, start = 'exec sleep 86400', uid = 0): Image => ({
  userland: 'host',
  entrypoint: ['/bin/sh', '-c', `echo ready; ${start}`],
  uid,
  gid: uid,
  ...{ files: { '/data/order': { content: 'one\n' }, ...files } },
});

const NAMES = [
  'new\nline',
  `quote's "double"`,
  'semi;colon && touch tmp-pwned',
  '$(touch /tmp/pwned)',
  '`touch /tmp/pwned`',
  'back\\slash\ttab',
  '--checkpoint-action=exec=touch pwned',
  '-rf',
  '<!channel> <@U0OUTSIDER1> *bold*',
  ' leading and trailing ',
  'l'.repeat(255),
  'ünïcödé\u202egnp.exe',
];
/** `bad`, a byte that no UTF-8 holds, `name`. */
const INVALID = Buffer.from('bad\xffname', 'latin1');
const named = (mode: number): Image['files'] =>
  Object.fromEntries(NAMES.map((name) => [`/odd/${name}`, { content: 'odd\n', mode }]));
const MAKE_INVALID = `: > "$(printf '/odd/bad\\377name')"`;

const SUSPECTS: Readonly<Record<string, Image>> = {
  'lies-count': image({ '/usr/local/bin/wc': script('cat >/dev/null; echo 7') }),
  'lies-hash': image({ '/usr/local/bin/sha256sum': script(`cat >/dev/null; echo "${'0'.repeat(64)}  -"`) }),
  'lies-end': image({ '/usr/local/bin/tar': script('echo torso') }),
  'no-end': image({
    '/usr/local/bin/tar': script(
      'case "$*" in *--version*) echo "tar (GNU tar) 1.35";; *) exec yes endless;; esac',
    ),
  }),
  'no-room': image(),
  'odd-names': image(named(0o644), `${MAKE_INVALID}; exec sleep 86400`),
  'odd-unreadable': image(named(0o000), 'exec sleep 86400', 1000),
};

let scene: Scene;
beforeAll(async () => {
  scene = await startScene({
    prepare: async (cluster) => {
      for (const [name, suspect] of Object.entries(SUSPECTS)) {
        cluster.addImage(`registry.example/${name}:1`, suspect);
        await cluster.addPod(
          scenePod(name, {
            image: `registry.example/${name}:1`,
            resources: { limits: { memory: '128Mi' } },
          }),
        );
      }
    },
  });
});
afterAll(() => scene?.[Symbol.asyncDispose]());
beforeEach(({ skip }) => needProcesses(scene, skip));

describe.concurrent('a suspect', () => {
  test.each([
    { pod: 'lies-count', says: 'The source sent 7 bytes' },
    { pod: 'lies-hash', says: 'The SHA-256 at the source differs' },
    { pod: 'lies-end', says: 'does not end as an archive ends' },
  ])('that lies ($pod) is not believed', async ({ pod, says }) => {
    const ended = await scene.acquire(`acquire pod/${pod}`);
    const files = readBundle(ended.folder).artifact('files.tar');
    expect(ended.state).toBe('incomplete');
    expect(files.completeness).toBe('INCOMPLETE');
    expect(files.notes[0]).toContain(says);
    expect(ended.words).toContain(says);
    expect(ended.words).toContain('What arrived is kept');
  });

  test('that streams without end is stopped at --max-size, and no process of it is left', async () => {
    const ended = await scene.acquire('acquire pod/no-end --max-size 1MiB');
    expect(ended.state).toBe('incomplete');
    expect(ended.words).toContain('It reached its size limit');
    expect(ended.words).toContain('--max-size');
    const files = readBundle(ended.folder).artifact('files.tar');
    expect(files).toMatchObject({ completeness: 'INCOMPLETE', bytes: 1024 ** 2 });
    const pid = scene.cluster.containerPid('payments', 'no-end', 'app');
    await vi.waitUntil(() => processesBeside(pid).length === 1, 10_000);
  });

  test('without room in its memory limit is left alone, and the sentence says so', async () => {
    const folder = scene.cluster.cgroupDir('payments', 'no-room', 'app');
    writeFileSync(join(folder, 'memory.current'), `${120 * 1024 ** 2}\n`);
    const ended = await scene.acquire('acquire pod/no-room');
    expect(ended.state).toBe('incomplete');
    expect(ended.words).toContain(
      `memory limit leaves ${8 * 1024 ** 2} bytes and the collector needs 16 MiB`,
    );
    const bundle = readBundle(ended.folder);
    expect(bundle.artifact('files.tar')).toMatchObject({ completeness: 'INCOMPLETE', bytes: 0 });
    expect(bundle.read('logs/app.log')).toContain('ready');
  });
});

describe.concurrent('file names of a suspect', () => {
  test('of every kind are in the archive as they were, and nothing that they say is executed', async () => {
    const here = ['payments', 'odd-names', 'app'] as const;
    const before = folderState(scene.cluster.upperDir(...here));
    const ended = await scene.acquire('acquire pod/odd-names');
    expect(ended.state).toBe('succeeded');
    const bundle = readBundle(ended.folder);
    expect(bundle.artifact('files.tar').completeness).toBe('VERIFIED');
    const listed = execFileSync('tar', ['-tf', join(ended.folder, 'files.tar'), '--quoting-style=literal']);
    for (const name of [...NAMES.map((text) => Buffer.from(text)), INVALID])
      expect(
        listed.includes(Buffer.concat([Buffer.from('./odd/'), name, Buffer.from('\n')])),
        name.toString(),
      ).toBe(true);
    const after = folderState(scene.cluster.upperDir(...here));
    expect(after).toEqual(before);
    expect(Object.keys(after).filter((name) => name.endsWith('pwned'))).toEqual([]);
  });

  // Root in a user namespace may read everything, so there is nothing that tar would complain about.
  test.skipIf(process.getuid?.() !== 0)(
    'that tar complains about are escaped in the manifest and harmless in the channel',
    async () => {
      const ended = await scene.acquire('acquire pod/odd-unreadable');
      const { notes } = readBundle(ended.folder).artifact('files.tar');
      const said = notes.join('\u0000');
      expect(said).toContain('Permission denied');
      expect(said).toContain('<!channel>');
      for (const note of notes) expect(note).not.toMatch(/[\p{Cc}\p{Cf}]/u);
      const details = await scene.details(ended.run);
      expect(details).toContain('Permission denied');
      const { slack } = scene.incident;
      const shown = slack.messages(slack.channels.incident.id);
      const thread = shown.find(
        ({ threadTs, blocks }) => threadTs !== undefined && JSON.stringify(blocks).includes(ended.run),
      );
      expect(thread?.text).not.toContain('<!channel>');
      expect(JSON.stringify(thread?.blocks)).not.toMatch(/"type":"(broadcast|user|link)"/);
    },
  );
});
