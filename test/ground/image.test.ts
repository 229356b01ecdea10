import { type ChildProcess, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, expect, type TestContext, test } from 'vitest';
import { z } from 'zod';
import { freePort } from '../../sandbox/postgres/free-port.ts';
import { type TestDatabase, testDatabase } from '../../sandbox/postgres/test-database.ts';
import type { StandInSlack } from '../../sandbox/slack/stand-in-slack.ts';
import { startSlack } from '../../sandbox/slack/start-slack.ts';
import { type AssembledImage, assembleImage } from './image/assemble-image.ts';
import { type Instruction, readDockerfile } from './image/read-dockerfile.ts';
import { runImage } from './image/run-image.ts';
import { ROOT } from './scratch-tree.ts';

// A directory store below FIREBREAK_DATA_DIR; no cluster is asked for /readyz.
const CONFIG = 'clusters: {}\nevidence: { plaintext: true }\nchannels: {}\n';
const READY_WITHIN_MS = 30_000;
const POLL_MS = 50;

let stage: readonly Instruction[];
let image: AssembledImage;
let database: TestDatabase;
let slack: StandInSlack;

beforeAll(async () => {
  const stages = await readDockerfile(join(ROOT, 'Dockerfile'));
  stage = stages.at(-1) ?? [];
  image = await assembleImage(stages);
  database = await testDatabase();
  slack = await startSlack();
}, 180_000);

afterAll(async () => {
  await slack.close();
  await database.close();
  await image[Symbol.asyncDispose]();
});

function last(name: string): Instruction {
  const found = stage.findLast((one) => one.name === name);
  if (found === undefined) throw new Error(`The last stage has no ${name}.`);
  return found;
}

test('the image is stopped by SIGTERM and starts without a shell, as a number that is not root', () => {
  expect(last('STOPSIGNAL').words).toEqual(['SIGTERM']);
  for (const name of ['ENTRYPOINT', 'CMD', 'HEALTHCHECK']) expect(last(name).form, name).toBe('exec');
  expect(last('USER').words[0]).toMatch(/^[1-9]\d*:[1-9]\d*$/);
});

test('the image gives Node no right but to read and to write the volume', () => {
  const [program, ...rest] = last('ENTRYPOINT').words;
  const flags = rest.filter((word) => word.startsWith('--')).toSorted();
  const volume = last('VOLUME').words[0];
  expect(program).toBe('node');
  const rights = flags.filter((flag) => !flag.startsWith('--max-'));
  expect(rights).toEqual(['--allow-fs-read=*', `--allow-fs-write=${volume}`, '--permission']);
  expect(
    stage.some(({ name, words }) => name === 'ENV' && words.includes(`FIREBREAK_DATA_DIR=${volume}`)),
  ).toBe(true);
});

test('the image holds the program and its packages, and nothing for development', async () => {
  const files = await readdir(join(image.path, 'app'), { recursive: true });
  expect(files).toEqual(
    expect.arrayContaining(['src/main.ts', 'package.json', 'LICENSE', 'node_modules/zod/package.json']),
  );
  expect((await readdir(join(image.path, 'app'))).toSorted()).toEqual([
    'LICENSE',
    'bin',
    'migrations',
    'node_modules',
    'package.json',
    'src',
  ]);
  expect(files.filter((name) => name.startsWith('src/') && name.endsWith('.test.ts'))).toEqual([]);
  const lock = z.object({ packages: z.record(z.string(), z.object({ dev: z.boolean().optional() })) });
  const { packages } = lock.parse(JSON.parse(await readFile(join(ROOT, 'package-lock.json'), 'utf8')));
  const development = Object.keys(packages).filter((name) => packages[name]?.dev === true);
  expect(development).not.toEqual([]);
  expect(files.filter((name) => development.includes(name))).toEqual([]);
});

test('with `/` read-only, a foreign user, no capabilities and no_new_privs, it answers /readyz and ends in order', async (context) => {
  needsMounts(context);
  const adminPort = await freePort();
  const child = runImage(image, stage, {
    command: [...last('ENTRYPOINT').words, ...last('CMD').words],
    environment: await environment(adminPort),
    config: CONFIG,
  });
  const output = Promise.all([collect(child.stdout), collect(child.stderr)]);
  const ended = once(child, 'exit');
  try {
    expect(await readiness(adminPort, child)).toEqual({ ready: true, problems: [] });
    await expectConfined(child);
    const healthcheck = last('HEALTHCHECK').words;
    expect(await status(healthcheck, adminPort)).toBe(0);
    child.kill('SIGTERM');
    expect(await ended).toEqual([0, null]);
    expect(await status(healthcheck, adminPort)).toBe(1);
  } catch (error) {
    child.kill('SIGKILL');
    throw new Error(`The image's output: ${(await output).join('\n')}`, { cause: error });
  }
});

/** What the kernel says of the process: proc_pid_status(5), and whether its root is mounted read-only. */
async function expectConfined({ pid }: ChildProcess): Promise<void> {
  const lines = (await readFile(`/proc/${pid}/status`, 'utf8')).split('\n').map((line) => line.split(':\t'));
  const of = Object.fromEntries(lines);
  const [uid] = (last('USER').words[0] ?? '').split(':');
  expect(of).toMatchObject({ Uid: [uid, uid, uid, uid].join('\t'), Groups: ' ', NoNewPrivs: '1' });
  const capabilities = ['CapInh', 'CapPrm', 'CapEff', 'CapBnd', 'CapAmb'].map((name) => of[name]);
  expect(new Set(capabilities)).toEqual(new Set(['0000000000000000']));
  const mounts = (await readFile(`/proc/${pid}/mountinfo`, 'utf8'))
    .split('\n')
    .map((line) => line.split(' '));
  const writable = mounts
    .filter(([, , , , , options]) => options?.split(',').includes('rw'))
    .map((fields) => fields[4]);
  expect(mounts.some((fields) => fields[4] === '/')).toBe(true);
  const system = /^\/(?:dev|proc|usr)(?:\/|$)/;
  expect(writable.filter((path) => path !== undefined && !system.test(path))).toEqual(last('VOLUME').words);
  const passwd = await readFile('/etc/passwd', 'utf8');
  expect(passwd.split('\n').map((line) => line.split(':')[2])).not.toContain(uid);
}

async function environment(adminPort: number): Promise<Readonly<Record<string, string>>> {
  return {
    DATABASE_URL: database.serveUrl,
    SLACK_API_URL: slack.apiUrl,
    SLACK_BOT_TOKEN: slack.botToken,
    SLACK_SIGNING_SECRET: slack.signingSecret,
    FIREBREAK_ADMIN_PORT: String(adminPort),
    PORT: String(await freePort()),
  };
}

const answer = z.object({ ready: z.boolean(), problems: z.array(z.string()) });

async function readiness(port: number, child: ChildProcess): Promise<z.infer<typeof answer>> {
  const deadline = AbortSignal.timeout(READY_WITHIN_MS);
  let latest: unknown;
  while (!deadline.aborted && child.exitCode === null) {
    try {
      const response = await fetch(`http://127.0.0.1:${port}/readyz`, { signal: deadline });
      latest = await response.json();
      if (response.ok) return answer.parse(latest);
    } catch (error) {
      if (!deadline.aborted) latest = error;
    }
    await delay(POLL_MS);
  }
  throw new Error('It never became ready.', { cause: latest });
}

async function status(command: readonly string[], adminPort: number): Promise<unknown> {
  const environment = { FIREBREAK_ADMIN_PORT: String(adminPort) };
  const child = runImage(image, stage, { command, environment, config: CONFIG });
  const [, [code]] = await Promise.all([collect(child.stderr), once(child, 'exit')]);
  return code;
}

function collect(stream: ChildProcess['stdout']): Promise<string> {
  return stream === null ? Promise.resolve('') : text(stream);
}

function needsMounts(context: TestContext): void {
  const able = process.getuid?.() === 0 && spawnSync('unshare', ['--mount', 'true']).status === 0;
  context.skip(!able, 'only root with mount namespaces can give the image a read-only root');
}
