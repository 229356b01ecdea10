import { readFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import type { Document } from 'yaml';
import { LineCounter, parseDocument } from 'yaml';
import type { ConfigProblem } from './config/config-problem.ts';
import { problemsOf } from './config/config-problem.ts';
import type { ConfigContext, ConfiguredCluster } from './config/context.ts';
import { crossCheck } from './config/cross-check.ts';
import { type ConfigFile, fileSchema } from './config/file-schema.ts';
import { readClusters } from './config/read-clusters.ts';
import { yamlProblems } from './config/yaml-problems.ts';
import { FirebreakError } from './core/firebreak-error.ts';
import type { ChannelPolicy } from './core/policy.ts';
import type { S3Settings } from './evidence/s3/s3-settings.ts';

/** Where evidence goes. S3 encrypts what it keeps; a folder is stored unencrypted, where the file allows that. */
export type EvidenceConfig =
  | { readonly kind: 'directory'; readonly directory: string; readonly storage: 'plaintext' | 'refused' }
  | { readonly kind: 's3'; readonly s3: S3Settings; readonly storage: 'encrypted' };

export interface Config {
  readonly clusters: readonly ConfiguredCluster[];
  readonly channels: readonly ChannelPolicy[];
  readonly evidence: EvidenceConfig;
  /** Folder that relative paths in the file start from. */
  readonly baseDir: string;
  /** SHA-256 over the RFC 8785 form of the whole file. */
  readonly policyDigest: string;
}

const invalid = (path: string, problems: readonly ConfigProblem[]): FirebreakError =>
  new FirebreakError({
    code: 'config-invalid',
    message: `${path} has ${problems.length} mistake${problems.length === 1 ? '' : 's'}:\n${problems
      .toSorted((a, b) => a.line - b.line)
      .map(({ line, path: key, message }) => `  line ${line}: ${key === '' ? '' : `${key}: `}${message}`)
      .join('\n')}\n`,
    next: 'Correct them and start again; firebreak.example.yml explains every key.',
  });

/** Reads and checks the file. Throws `config-invalid` with every mistake and its line, not only the first. */
export const loadConfig = async (context: ConfigContext): Promise<Config> => {
  const text = await readFile(context.path, 'utf8').catch((cause: unknown) => {
    throw new FirebreakError({
      code: 'config-invalid',
      message: `The configuration ${context.path} can’t be read.`,
      next: 'Copy firebreak.example.yml there, or point FIREBREAK_CONFIG to yours.',
      cause,
    });
  });
  return parseConfig(text, context);
};

export const parseConfig = (text: string, context: ConfigContext): Config => {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines });
  const broken = yamlProblems(document, lines);
  if (broken.length > 0) throw invalid(context.path, broken);
  const written = plain(document, context.path);
  const parsed = fileSchema.safeParse(written);
  const shape = parsed.success ? [] : problemsOf(parsed.error, document, lines);
  const clusters = readClusters(written, document, lines, context);
  const meaning = crossCheck(written, document, lines, context);
  const problems = [...shape, ...clusters.problems, ...meaning];
  if (problems.length > 0 || !parsed.success) throw invalid(context.path, problems);
  const { evidence, channels, contain } = parsed.data;
  const baseDir = dirname(resolve(context.path));
  return {
    clusters: clusters.entries.map((entry) => ({ ...entry, playbook: contain.steps })),
    channels: Object.entries(channels).map(([channel, { clusters: names, rules }]) => ({
      channel,
      clusters: names,
      rules: rules.map(({ expires, ...rule }) => ({ ...rule, expiresMs: expires })),
    })),
    evidence: evidenceOf(evidence, baseDir, context.dataDir),
    baseDir,
    policyDigest: context.digest.sha256(context.digest.canonical(written)),
  };
};

const evidenceOf = (
  { s3, directory, plaintext }: ConfigFile['evidence'],
  baseDir: string,
  dataDir: string,
): EvidenceConfig =>
  s3 === undefined
    ? {
        kind: 'directory',
        directory: directory === undefined ? resolve(dataDir, 'evidence') : resolve(baseDir, directory),
        storage: plaintext === true ? 'plaintext' : 'refused',
      }
    : { kind: 's3', s3: { ...s3, prefix: s3.prefix ?? '' }, storage: 'encrypted' };

/** Aliases that multiply beyond reason are only found when they are followed. */
const plain = (document: Document, path: string): unknown => {
  try {
    return document.toJS();
  } catch (thrown) {
    const message = thrown instanceof Error ? thrown.message : String(thrown);
    throw invalid(path, [{ line: 1, path: '', message }]);
  }
};
