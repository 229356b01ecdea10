import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { ROOT, type ScratchTree, scratchTree } from './scratch-tree.ts';

const reportSchema = z.object({
  answered: z.boolean(),
  error: z.string().default(''),
  code: z.string().optional(),
  refused: z.array(z.string()),
});
type Report = z.infer<typeof reportSchema>;

interface LibraryProgram {
  readonly library: string;
  /** What the library starts, and what that program would answer. */
  readonly name: string;
  readonly answers: unknown;
  /** What the library makes of the refusal. */
  readonly says: RegExp;
}

const PROGRAMS: readonly LibraryProgram[] = [
  {
    library: "the AWS SDK's credential_process",
    name: 'aws-credential-process',
    answers: { Version: 1, AccessKeyId: 'AKIA0', SecretAccessKey: 'none' },
    says: /restricted/u,
  },
  {
    library: "@azure/identity's AzureCliCredential",
    name: 'az',
    answers: { accessToken: 't', expires_on: 4_000_000_000 },
    says: /./u,
  },
  {
    library: "@azure/identity's AzureDeveloperCliCredential",
    name: 'azd',
    answers: { token: 't', expiresOn: '2096-10-02T07:06:40Z' },
    says: /./u,
  },
  {
    library: "@azure/identity's AzurePowerShellCredential",
    name: 'pwsh',
    answers: { Token: 't', ExpiresOn: '2096-10-02T07:06:40+00:00' },
    says: /Unable to execute PowerShell/u,
  },
  {
    library: "google-auth-library's executable source",
    name: 'google-executable-source',
    answers: {
      success: true,
      version: 1,
      token_type: 'urn:ietf:params:oauth:token-type:jwt',
      id_token: 't',
      expiration_time: 4_000_000_000,
    },
    says: /restricted/u,
  },
  {
    library: "google-auth-library's getProjectId()",
    name: 'gcloud',
    answers: { configuration: { properties: { core: { project: 'p' } } } },
    says: /restricted/u,
  },
];

let tree: ScratchTree;
let home: string;
let programs: string;
let marks: string;

// Programs that leave a mark take the place of the real ones.
beforeAll(async () => {
  tree = await scratchTree({ copied: ['bin', 'package.json'], linked: ['node_modules'] });
  await mkdir(join(tree.path, 'src'));
  await cp(join(ROOT, 'test/ground/fixtures/library-programs.ts'), join(tree.path, 'src/main.ts'));
  home = await mkdtemp(join(tmpdir(), 'firebreak-programs-'));
  programs = join(home, 'programs');
  marks = join(home, 'marks');
  await mkdir(programs);
  await mkdir(marks);
  for (const { name, answers } of PROGRAMS)
    await writeFile(
      join(programs, name),
      `#!/bin/sh\n: > '${join(marks, name)}'\ncat <<'END'\n${JSON.stringify(answers)}\nEND\n`,
      { mode: 0o700 },
    );
  await writeFile(
    join(home, 'config'),
    `[profile by-program]\ncredential_process = ${join(programs, 'aws-credential-process')}\n`,
  );
});
afterAll(async () => {
  await tree[Symbol.asyncDispose]();
  await rm(home, { recursive: true, force: true });
});

const run = (args: readonly string[]): Promise<Report> =>
  new Promise((resolve, reject) => {
    const env = {
      HOME: home,
      PATH: [programs, '/usr/bin', '/bin'].join(delimiter),
      FIREBREAK_DATA_DIR: join(home, 'data'),
      AWS_CONFIG_FILE: join(home, 'config'),
      AWS_SHARED_CREDENTIALS_FILE: join(home, 'none'),
      AWS_EC2_METADATA_DISABLED: 'true',
      METADATA_SERVER_DETECTION: 'none',
      GOOGLE_EXTERNAL_ACCOUNT_ALLOW_EXECUTABLES: '1',
      GOOGLE_EXECUTABLE: join(programs, 'google-executable-source'),
    };
    execFile(process.execPath, [...args], { cwd: tree.path, env }, (error, stdout, stderr) => {
      if (error === null) resolve(reportSchema.parse(JSON.parse(stdout)));
      else reject(new Error(`${error.message}\n${stderr}`));
    });
  });
const marked = (): Promise<string[]> => readdir(marks);

describe.each(PROGRAMS)('$library', ({ name, says }) => {
  test('starts no program in a process that is started as Firebreak is', async () => {
    const report = await run([join(tree.path, 'bin/firebreak.mjs'), name]);
    expect(report.answered).toBe(false);
    // By a shell, or by itself.
    expect(report.refused).toEqual([expect.stringMatching(`^/bin/sh$|/${name}$`)]);
    expect(report.error).toMatch(says);
    expect([undefined, 'ERR_ACCESS_DENIED']).toContain(report.code);
    expect(await marked()).not.toContain(name);
  });

  test('starts it anywhere else, so that the refusal is not for another reason', async () => {
    const report = await run([join(tree.path, 'src/main.ts'), name]);
    expect(report).toMatchObject({ answered: true, refused: [] });
    expect(await marked()).toContain(name);
  });
});
