import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { testDatabase } from '../../sandbox/postgres/test-database.ts';
import type { DatabaseUrls } from '../../sandbox/postgres/test-server.ts';
import { type Ended, runCommand } from './run-command.ts';

const PASSWORD = 'a-password-of-the-serving-role';

let dataDir: string;
let database: DatabaseUrls & AsyncDisposable;
beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'firebreak-undo-'));
  await writeFile(join(dataDir, 'firebreak.yml'), 'clusters: {}\nchannels: {}\n');
  database = await testDatabase();
});
afterAll(async () => {
  await database[Symbol.asyncDispose]();
  await rm(dataDir, { recursive: true, force: true });
});

const undo = (args: readonly string[], variables: Readonly<Record<string, string>> = {}): Promise<Ended> =>
  runCommand(['undo', ...args], {
    DATABASE_URL: database.serveUrl,
    FIREBREAK_DATA_DIR: dataDir,
    FIREBREAK_CONFIG: join(dataDir, 'firebreak.yml'),
    ...variables,
  });
/** What it says when it refuses; one line, with an id, and nothing on stdout. */
const refusal = async (...asked: Parameters<typeof undo>): Promise<string> => {
  const { code, stdout, stderr } = await undo(...asked);
  expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
  expect(stderr).toMatch(/^[^\n]+ \(E-[0-9a-f]{8}\)\n$/u);
  return stderr;
};

const RUN = 'FB-2026-0007-3';
const WRITE = 'Write firebreak undo FB-2026-0007-3 --as U0123ABCD';

describe('firebreak undo', () => {
  test.each([
    ['no run', ['--as', 'U0123ABCD'], 'Say which run to undo.'],
    ['two runs', [RUN, 'FB-2026-0007-4', '--as', 'U0123ABCD'], 'One run is undone at a time.'],
    ['nobody', [RUN], 'Say in whose name it is undone: --as takes a member’s id of your Slack workspace.'],
    ['a name', [RUN, '--as', '@rin'], '--as takes a Slack user’s id: U… or W….'],
    ['a flag that is none', [RUN, '--as', 'U0123ABCD', '--force'], 'Unknown option'],
    ['what is no run', ['the-last-one', '--as', 'U0123ABCD'], '`the-last-one` is not the id of a run'],
    [
      'a reason that is too long',
      [RUN, '--as', 'U0123ABCD', '--reason', 'x'.repeat(501)],
      'The reason has 501 characters; 500 is the most.',
    ],
  ])('with %s says what is wrong, and what to write', async (_what, args, sentence) => {
    const said = await refusal(args);
    expect(said).toContain(sentence);
    expect(said).toContain(WRITE);
  });

  test('knows no run that is not in its database', async () => {
    const said = await refusal([RUN, '--as', 'U0123ABCD']);
    expect(said).toContain(`There is no run ${RUN} in this database. Its id stands on its card;`);
  });

  test('says which part of its configuration is wrong', async () => {
    const FIREBREAK_CONFIG = join(dataDir, 'none.yml');
    expect(await refusal([RUN, '--as', 'U0123ABCD'], { FIREBREAK_CONFIG })).toContain('can’t be read');
  });

  test('says that its database does not answer, without its password', async () => {
    const DATABASE_URL = `postgres://firebreak:${PASSWORD}@127.0.0.1:9/firebreak`;
    const { code, stdout, stderr } = await undo([RUN, '--as', 'U0123ABCD'], { DATABASE_URL });
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toMatch(/database .*(?:answer|reached)/u);
    expect(stderr).not.toContain(PASSWORD);
  });

  test('stands in the usage', async () => {
    const { stdout } = await runCommand(['help']);
    expect(stdout).toContain('firebreak undo RUN --as USER [--reason TEXT] [--wait]');
  });
});
