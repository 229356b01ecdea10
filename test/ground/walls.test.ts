import { execFile } from 'node:child_process';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { FLOW_INTERFACE, PROGRAM_STARTERS, WALLS } from '../../oxlint.config.ts';
import { ROOT, scratchTree } from './scratch-tree.ts';

type Planted = {
  /** What the lint sees to. Several files may share a sentence. */
  readonly sentence: string;
  readonly rule: string;
  readonly file: string;
  readonly breach: string;
  /** The nearest thing that is right. */
  readonly clean: string;
};

const IMPORTS = 'eslint(no-restricted-imports)';
const PROPERTIES = 'eslint(no-restricted-properties)';
const FOLDERS = Object.entries(WALLS);
const FOREIGN = 'left-pad';

function named(module: string): string {
  return `import { thing } from '${module}';\nexport const used = thing;\n`;
}

function typed(module: string): string {
  return `import type { thing } from '${module}';\nexport type Used = typeof thing;\n`;
}

function folderWalls(): readonly Planted[] {
  return FOLDERS.flatMap(([folder, wall]) =>
    FOLDERS.filter(([other]) => other !== folder).flatMap(([other]): readonly Planted[] => {
      const [all, types]: readonly (readonly string[])[] = [wall.folders, wall.types];
      if (all?.includes(other)) return [];
      const onlyTypes = types?.includes(other) === true;
      return [
        {
          sentence: `${folder}/ imports ${onlyTypes ? `only types from ${other}/` : 'nothing from the folders it is walled off from'}`,
          rule: IMPORTS,
          file: `src/${folder}/imports-${other}.ts`,
          breach: named(`../${other}/thing.ts`),
          clean: onlyTypes ? typed(`../${other}/thing.ts`) : named('./thing.ts'),
        },
        ...(onlyTypes ? interfaceFiles(folder) : []),
        ...(onlyTypes
          ? []
          : [
              {
                sentence: `${folder}/ imports no type from them either, nor from deeper inside`,
                rule: IMPORTS,
                file: `src/${folder}/deeper/imports-type-of-${other}.ts`,
                breach: typed(`../../${other}/thing.ts`),
                clean: typed('../thing.ts'),
              },
            ]),
      ];
    }),
  );
}

// The same breach beside an import that is right.
function interfaceFiles(folder: string): readonly Planted[] {
  return [
    {
      sentence: `${folder}/ imports values from the interface file of flow/ only`,
      rule: IMPORTS,
      file: `src/${folder}/deeper/imports-values-${FLOW_INTERFACE}`,
      breach: named('../../flow/leave.ts'),
      clean: named(`../../flow/${FLOW_INTERFACE}`),
    },
  ];
}

function packageWalls(): readonly Planted[] {
  const every = [...new Set(FOLDERS.flatMap(([, wall]): readonly string[] => wall.packages))];
  const concrete = (name: string): string => name.replace('/*', '/part');
  return FOLDERS.flatMap(([folder, wall]) => {
    const allowed: readonly string[] = wall.packages;
    const closed = every.filter(
      (name) => !allowed.some((one) => one === name || concrete(name).startsWith(one.replace('*', ''))),
    );
    return [...closed, FOREIGN].map((name) => ({
      sentence: `${folder}/ imports only its own packages`,
      rule: IMPORTS,
      file: `src/${folder}/imports-package-${name.replaceAll(/[^a-z0-9]/g, '-')}.ts`,
      breach: named(concrete(name)),
      clean: named(concrete(allowed[0] ?? 'node:path')),
    }));
  });
}

function everywhereInSource(): readonly Planted[] {
  return [...FOLDERS.map(([folder]) => `src/${folder}`), 'src'].flatMap((folder) => {
    const up = folder === 'src' ? '..' : '../..';
    return [
      ...['sandbox', 'test', 'bench', 'bin'].map((outside) => ({
        sentence: `${folder}/ imports nothing from outside src/`,
        rule: IMPORTS,
        file: `${folder}/imports-${outside}.ts`,
        breach: named(`${up}/${outside}/thing.ts`),
        clean: named(`./${outside}/thing.ts`),
      })),
      ...PROGRAM_STARTERS.flatMap((name) => [name, `node:${name}`]).map((name) => ({
        sentence: `${folder}/ imports nothing that starts a program or a thread`,
        rule: IMPORTS,
        file: `${folder}/starts-${name.replace(':', '-')}.ts`,
        breach: named(name),
        clean: named('node:path'),
      })),
      {
        sentence: `${folder}/ imports nothing that starts a program or a thread`,
        rule: IMPORTS,
        file: `${folder}/re-exports.ts`,
        breach: "export { spawn } from 'node:child_process';\n",
        clean: "export { join } from 'node:path';\n",
      },
      {
        sentence: `${folder}/ reaches process only by its global name`,
        rule: IMPORTS,
        file: `${folder}/imports-process.ts`,
        breach: "import { env } from 'node:process';\nexport const used = env;\n",
        clean: 'export const used = process.pid;\n',
      },
      {
        sentence: `${folder}/ does not read the environment`,
        rule: PROPERTIES,
        file: `${folder}/reads-environment.ts`,
        breach: "export const used = process.env['HOME'];\n",
        clean: 'export const used = process.pid;\n',
      },
      {
        sentence: `${folder}/ does not end the process`,
        rule: PROPERTIES,
        file: `${folder}/exits.ts`,
        breach: 'process.exit(1);\n',
        clean: 'process.exitCode = 1;\n',
      },
    ];
  });
}

const PROMISE = 'export async function later(): Promise<number> {\n  return 1;\n}\n';

const OTHERS: readonly Planted[] = [
  {
    sentence: 'the root of src/ imports no package that has a folder of its own',
    rule: IMPORTS,
    file: 'src/imports-pg.ts',
    breach: named('pg'),
    clean: named('zod'),
  },
  {
    sentence: 'the sandbox imports only types from src/',
    rule: IMPORTS,
    file: 'sandbox/cluster/imports-source.ts',
    breach: named('../../src/core/thing.ts'),
    clean: typed('../../src/core/thing.ts'),
  },
  {
    sentence: 'no promise is left alone',
    rule: 'typescript(no-floating-promises)',
    file: 'src/flow/floating.ts',
    breach: `${PROMISE}later();\n`,
    clean: `${PROMISE}await later();\n`,
  },
  {
    sentence: 'no promise is given where its end is not waited for',
    rule: 'typescript(no-misused-promises)',
    file: 'src/flow/misused.ts',
    breach: `${PROMISE}[1].forEach(async () => {\n  await later();\n});\n`,
    clean: `${PROMISE}for (const _ of [1]) await later();\n`,
  },
  {
    sentence: 'only promises are awaited',
    rule: 'typescript(await-thenable)',
    file: 'src/flow/awaits.ts',
    breach: 'export const one = 1;\nawait one;\n',
    clean: 'export const one = Promise.resolve(1);\nawait one;\n',
  },
  {
    sentence: 'a switch over a closed set names each of its members',
    rule: 'typescript(switch-exhaustiveness-check)',
    file: 'src/flow/switches.ts',
    breach: switchOver("    case 'a':\n      return 1;\n  }\n  return 0;"),
    clean: switchOver("    case 'a':\n      return 1;\n    case 'b':\n      return 2;\n  }"),
  },
  {
    sentence: 'no two files import each other',
    rule: 'import(no-cycle)',
    file: 'src/flow/first.ts',
    breach: "import { second } from './second.ts';\nexport const first = (): unknown => second;\n",
    clean: 'export const first = 1;\n',
  },
];

function switchOver(cases: string): string {
  return `export function number(letter: 'a' | 'b'): number {\n  switch (letter) {\n${cases}\n}\n`;
}

const PLANTED = [...folderWalls(), ...packageWalls(), ...everywhereInSource(), ...OTHERS];

const output = z.object({
  number_of_files: z.number(),
  diagnostics: z.array(z.object({ code: z.string(), filename: z.string() })),
});

/** Lints a tree that has the real configuration and one file for each case; returns what was found as `file rule`. */
async function lint(kind: 'breach' | 'clean'): Promise<ReadonlySet<string>> {
  const copied = ['oxlint.config.ts', 'package.json', 'tsconfig.json'];
  await using tree = await scratchTree({ copied, linked: ['node_modules'] });
  await mkdir(join(tree.path, 'src/flow'), { recursive: true });
  await writeFile(
    join(tree.path, 'src/flow/second.ts'),
    "import { first } from './first.ts';\nexport const second = (): unknown => first;\n",
  );
  for (const planted of PLANTED) {
    await mkdir(dirname(join(tree.path, planted.file)), { recursive: true });
    await writeFile(join(tree.path, planted.file), planted[kind]);
  }
  const command = [join(ROOT, 'node_modules/oxlint/bin/oxlint'), '--type-aware', '--format=json'];
  const options = { cwd: tree.path, maxBuffer: 64 * 1024 * 1024 };
  const stdout = await promisify(execFile)(process.execPath, command, options).then(
    (ended) => ended.stdout,
    // Findings are a status other than 0; a lint that could not run prints no JSON and fails the parse.
    (error: unknown) => z.object({ stdout: z.string() }).parse(error).stdout,
  );
  const { diagnostics, number_of_files } = output.parse(JSON.parse(stdout));
  expect(number_of_files).toBeGreaterThan(PLANTED.length);
  return new Set(diagnostics.map(({ code, filename }) => `${filename} ${code}`));
}

describe('the lint finds each breach, and only the breach', () => {
  let breaches: ReadonlySet<string>;
  let clean: ReadonlySet<string>;
  beforeAll(async () => {
    breaches = await lint('breach');
    clean = await lint('clean');
  });

  const groups = [...Map.groupBy(PLANTED, ({ sentence }) => sentence)];
  test.for(groups)('%s', ([, group]) => {
    const expected = group.map(({ file, rule }) => `${file} ${rule}`);
    expect(expected.filter((one) => !breaches.has(one))).toEqual([]);
    expect(expected.filter((one) => clean.has(one))).toEqual([]);
  });

  test('no file is planted twice', () => {
    expect(new Set(PLANTED.map(({ file }) => file)).size).toBe(PLANTED.length);
  });
});

test('each folder of src/ has its walls', async () => {
  const entries = await readdir(join(ROOT, 'src'), { withFileTypes: true });
  const folders = entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
  expect(Object.keys(WALLS)).toEqual(expect.arrayContaining(folders));
});

// The lint reads import declarations; this reads every other way to name a module.
const STARTERS = PROGRAM_STARTERS.join('|');
const NAMED_OTHERWISE = new RegExp(
  `['"\`]node:(?:${STARTERS})['"\`]|\\(\\s*['"\`](?:${STARTERS})['"\`]\\s*\\)`,
);

test('nothing in src/ names a module that starts programs, in a dynamic import, require or getBuiltinModule either', async () => {
  for (const planted of [
    "await import('node:child_process')",
    'require("child_process")',
    'load(`node:cluster`)',
  ]) {
    expect(planted).toMatch(NAMED_OTHERWISE);
  }
  const files = await readdir(join(ROOT, 'src'), { recursive: true });
  const sources = files.filter((name) => name.endsWith('.ts') && !name.endsWith('.test.ts'));
  expect(sources).not.toEqual([]);
  for (const name of sources)
    expect(await readFile(join(ROOT, 'src', name), 'utf8'), name).not.toMatch(NAMED_OTHERWISE);
});
