import { parseArgs } from 'node:util';
import { composeCheck } from '../compose-check.ts';
import type { Environment } from '../config/environment.ts';
import type { Config } from '../config.ts';
import type { ClusterEntry } from '../core/cluster-entry.ts';
import { FirebreakError } from '../core/firebreak-error.ts';
import { didYouMean } from '../core/mistake.ts';
import { allowedVerbs } from '../flow/allowed-verbs.ts';
import { checkChat } from '../flow/check/check-chat.ts';
import { checkClusters } from '../flow/check/check-clusters.ts';
import { type CheckRow, failed, notChecked } from '../flow/check/check-row.ts';
import { checkStore } from '../flow/check/check-store.ts';
import { knownSecrets } from '../known-secrets.ts';
import { readConfiguration } from '../read-configuration.ts';
import { createLogger } from '../runtime/logger.ts';
import { createRedactor } from '../runtime/redactor.ts';
import { verbs } from '../verbs/index.ts';
import { checkTable } from './check/check-table.ts';

export interface CheckCommand {
  readonly environment: Environment;
  readonly variables: Readonly<Record<string, string | undefined>>;
  readonly version: string;
  readonly args: readonly string[];
}

const OPTIONS = { write: { type: 'boolean' } } as const;

const readArguments = (args: readonly string[]) => {
  try {
    return parseArgs({ args: [...args], options: OPTIONS, allowPositionals: true });
  } catch (thrown) {
    throw new FirebreakError({
      code: 'command-invalid',
      message: `${thrown instanceof Error ? thrown.message : String(thrown)}.`,
      next: 'Write firebreak check [cluster…] [--write].',
    });
  }
};

/** All of them where none is named. */
const chosen = ({ clusters }: Config, names: readonly string[]): readonly ClusterEntry[] => {
  if (names.length === 0) return clusters;
  const known = clusters.map(({ name }) => name);
  return [...new Set(names)].map((wanted) => {
    const cluster = clusters.find(({ name }) => name === wanted);
    if (cluster !== undefined) return cluster;
    throw new FirebreakError({
      code: 'cluster-unknown',
      message: `There is no cluster ${wanted} in the configuration.${didYouMean(wanted, known)}`,
      next: `It has: ${known.join(', ') || 'none'}.`,
    });
  });
};

/** Allowed verbs that leave evidence: a store that fails stops them. */
const collecting = ({ clusters, channels }: Config): readonly string[] => {
  const allowed = clusters.flatMap((cluster) => allowedVerbs(verbs, channels, cluster));
  return verbs
    .filter((verb) => verb.leavesEvidence === 'bundle' && allowed.includes(verb))
    .map(({ name }) => name);
};

/** Over HTTP a request is known by its signature alone. */
const intake = (environment: Environment): readonly CheckRow[] =>
  environment.SLACK_APP_TOKEN !== undefined || environment.SLACK_SIGNING_SECRET !== undefined
    ? []
    : [
        failed(
          'commands',
          'neither SLACK_APP_TOKEN nor SLACK_SIGNING_SECRET is set',
          'Set SLACK_APP_TOKEN for Socket Mode, or SLACK_SIGNING_SECRET for HTTP.',
        ),
      ];

/**
 * Looks at clusters, evidence store and Slack, and prints a table. By reads and reviews about itself alone; with `--write`
 * a probe object goes into the evidence store. Ends with 1 when a row has failed.
 */
export const runCheck = async ({ environment, variables, version, args }: CheckCommand): Promise<number> => {
  const { positionals, values } = readArguments(args);
  const config = await readConfiguration(environment);
  const entries = chosen(config, positionals);
  const redact = createRedactor(knownSecrets(environment, variables));
  const log = createLogger({ level: 'silent', redact });
  await using looked = composeCheck(config, { environment, variables, version, log });
  const { signal } = new AbortController();
  const [clusters, store, slack] = await Promise.all([
    checkClusters(looked.clusters, entries, signal),
    checkStore(
      {
        store: looked.store,
        storage: config.evidence.storage,
        collecting: collecting(config),
        how: values.write === true ? 'probe' : 'look',
      },
      signal,
    ),
    looked.slack === undefined
      ? [notChecked('bot token', 'SLACK_BOT_TOKEN is not set here')]
      : checkChat({ ...looked.slack, channels: config.channels, clusters: config.clusters }, signal).then(
          (rows) => [...rows, ...intake(environment)],
        ),
  ]);
  const parts = [...clusters, { title: 'evidence store', rows: store }, { title: 'Slack', rows: slack }];
  process.stdout.write(redact(checkTable(parts)));
  return parts.some(({ rows }) => rows.some(({ verdict }) => verdict === 'failed')) ? 1 : 0;
};
