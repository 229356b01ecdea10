import { defineConfig, type OxlintOverride } from 'oxlint';

type Wall = {
  readonly folders: readonly string[];
  /** Folders of which only types may be imported. */
  readonly types: readonly string[];
  /** Packages, by name or with a trailing star. */
  readonly packages: readonly string[];
};

type Rules = NonNullable<OxlintOverride['rules']>;
type Pattern = {
  readonly message: string;
  readonly regex?: string;
  readonly group?: string[];
  readonly allowTypeImports?: boolean;
};

/** The file of flow/ that is an interface with the values that belong to it, its closed sets: outer folders may import those too. */
export const FLOW_INTERFACE = 'ledger.ts';

const OUTER = { folders: ['core', 'runtime'], types: ['flow'] } as const;

/** What each folder of src/ may import besides its own files. */
export const WALLS = {
  core: { folders: [], types: [], packages: ['zod'] },
  // Parts of config.ts: what it reads, and how it says what is wrong.
  config: { folders: ['core'], types: [], packages: ['yaml', 'zod'] },
  flow: { folders: ['core'], types: [], packages: ['zod'] },
  verbs: { folders: ['core'], types: [], packages: ['zod'] },
  // What main.ts runs, one file for each command; with compose.ts the only ones that see both sides.
  commands: {
    folders: ['config', 'core', 'flow', 'postgres', 'runtime', 'verbs'],
    types: [],
    packages: ['yaml', 'zod'],
  },
  runtime: {
    folders: ['core'],
    types: [],
    packages: ['@opentelemetry/api', 'canonicalize', 'pino', 'prom-client', 'zod'],
  },
  clouds: {
    ...OUTER,
    packages: [
      '@aws-sdk/*',
      '@azure/identity',
      '@smithy/*',
      'google-auth-library',
      'socks-proxy-agent',
      'yaml',
      'zod',
    ],
  },
  kubernetes: { ...OUTER, packages: ['socks-proxy-agent', 'ws', 'zod'] },
  evidence: {
    ...OUTER,
    packages: [
      '@aws-sdk/client-s3',
      '@aws-sdk/s3-request-presigner',
      '@smithy/node-http-handler',
      'canonicalize',
      'zod',
    ],
  },
  slack: { ...OUTER, packages: ['@slack/*', 'zod'] },
  postgres: { ...OUTER, packages: ['canonicalize', 'pg', 'pg-boss', 'zod'] },
} as const satisfies Readonly<Record<string, Wall>>;

type Folder = keyof typeof WALLS;
const FOLDERS = Object.keys(WALLS) as readonly Folder[];

/** Node's modules that start a program or a thread. The process has no right to use them either. */
export const PROGRAM_STARTERS = ['child_process', 'cluster', 'worker_threads'] as const;

const SEE = 'See the walls in oxlint.config.ts.';
const outside = {
  regex: '^(?:\\.\\./)+(?:sandbox|test|bench|bin)/',
  message: `src/ imports nothing from outside src/. ${SEE}`,
};
const programStarters = {
  regex: `^(?:node:)?(?:${PROGRAM_STARTERS.join('|')})$`,
  message: 'Nothing in src/ starts a program or a thread.',
};
const processByImport = {
  regex: '^(?:node:)?process$',
  message: 'Use the global, so that the lint sees who reads the environment or exits.',
};

function folders(names: readonly string[], message: string): Pattern {
  return { regex: `^(?:\\.\\./)+(?:${names.join('|')})(?:/|\\.ts$)`, message: `${message} ${SEE}` };
}

// oxlint's regular expressions have no look-ahead: a name that differs from this one in its first, its second … letter.
function otherThan(name: string): string {
  return Array.from(name, (letter, at) => `${name.slice(0, at).replace('.', '\\.')}[^${letter}]`).join('|');
}

// As in a .gitignore: everything, except what follows. There can be one such pattern, and last: an exception ends the search.
function packagesExcept(allowed: readonly string[]): Pattern {
  return {
    group: ['**', '!./**', '!../**', '!node:*', '!node:*/**', ...allowed.map((name) => `!${name}`)],
    message: `This folder does not import that package. ${SEE}`,
  };
}

function restrictedImports(patterns: Pattern[]): Rules {
  return { 'no-restricted-imports': ['error', { patterns }] };
}

function wall(folder: Folder): OxlintOverride {
  const { folders: all, types, packages }: Wall = WALLS[folder];
  const closed = FOLDERS.filter((name) => name !== folder && !all.includes(name) && !types.includes(name));
  const typesOnly = types.map((name) => ({
    regex: `/${name}/(?:${otherThan(FLOW_INTERFACE)})`,
    message: `${folder}/ imports only types from ${name}/. ${SEE}`,
    allowTypeImports: true,
  }));
  return {
    files: [`src/${folder}/**/*.ts`],
    rules: restrictedImports([
      folders(
        [...closed, 'main', ...(folder === 'commands' ? [] : ['compose'])],
        `${folder}/ does not import that folder.`,
      ),
      outside,
      programStarters,
      processByImport,
      ...typesOnly,
      packagesExcept(packages),
    ]),
  };
}

export default defineConfig({
  plugins: ['typescript', 'import', 'node', 'promise', 'unicorn'],
  categories: { correctness: 'error' },
  ignorePatterns: ['node_modules/**', 'bench/node_modules/**'],
  rules: {
    'typescript/no-floating-promises': 'error',
    'typescript/no-misused-promises': 'error',
    'typescript/await-thenable': 'error',
    'typescript/switch-exhaustiveness-check': 'error',
    'import/no-cycle': 'error',
    // It takes a copy for a mistake: iterating over a set while it changes, and optional parts of a literal, need one.
    'unicorn/no-useless-spread': 'off',
    // It can't tell a function in an object from a method: most of what is taken out of its object here is a closure.
    'typescript/unbound-method': 'off',
  },
  overrides: [
    {
      files: ['src/**/*.ts'],
      rules: {
        'no-restricted-properties': [
          'error',
          { object: 'process', property: 'env', message: 'Only src/config.ts reads the environment.' },
          { object: 'process', property: 'exit', message: 'Only src/main.ts ends the process.' },
        ],
      },
    },
    {
      files: ['src/*.ts'],
      rules: restrictedImports([outside, programStarters, processByImport, packagesExcept(['yaml', 'zod'])]),
    },
    ...FOLDERS.map(wall),
    { files: ['src/main.ts', 'src/config.ts'], rules: { 'no-restricted-properties': 'off' } },
    // A stand-in that shared code with what it judges would share its mistakes.
    {
      files: ['sandbox/**/*.ts'],
      rules: restrictedImports([
        {
          regex: '^(?:\\.\\./)+src/',
          allowTypeImports: true,
          message: `The sandbox imports only types from src/. ${SEE}`,
        },
      ]),
    },
    // Tests bring both sides together.
    {
      files: ['**/*.test.ts'],
      rules: { 'no-restricted-imports': 'off', 'no-restricted-properties': 'off' },
    },
  ],
});
