import { mkdir, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { StandInCluster } from '../cluster/stand-in-cluster.ts';
import { startCluster } from '../cluster/start-cluster.ts';
import type { SlackOptions, StandInSlack } from '../slack/stand-in-slack.ts';
import { startSlack } from '../slack/start-slack.ts';
import { type ConfigParts, configText } from './config-text.ts';
import { type FirebreakProcess, startFirebreak } from './firebreak-process.ts';
import type { PlayedCloud } from './played-cloud.ts';
import { type Amazon, type AmazonOptions, startAmazon } from './start-amazon.ts';

export interface IncidentOptions {
  /** Where configuration, evidence and, without `databaseUrl`, the embedded database go. */
  readonly dataDir: string;
  /** Absent: Firebreak's own parent process starts the embedded database. */
  readonly databaseUrl?: string;
  readonly cluster?: Parameters<typeof startCluster>[0];
  readonly slack?: SlackOptions;
  readonly config?: Partial<ConfigParts>;
  /** How Slack reaches Firebreak. */
  readonly mode?: 'socket' | 'http';
  /** The cluster is reached as EKS and evidence goes to S3; a kubeconfig and a folder when left out. */
  readonly amazon?: Omit<AmazonOptions, 'folder'>;
  /** The cluster is reached by this cloud, and evidence goes to a folder. `folder` is for its files. */
  readonly cloud?: (folder: string) => Promise<PlayedCloud>;
}

/** A whole incident's world on one machine: Slack, a cluster, and as many Firebreak processes as are started. */
export interface Incident extends AsyncDisposable {
  readonly slack: StandInSlack;
  readonly cluster: StandInCluster;
  /** Where it plays in AWS. */
  readonly amazon: Amazon | undefined;
  /** The folder of the evidence; empty where it goes to S3. */
  readonly evidence: string;
  readonly configPath: string;
  /** Starts one more Firebreak on the same database. */
  startReplica(variables?: Readonly<Record<string, string>>): Promise<FirebreakProcess>;
}

export const startIncident = async (options: IncidentOptions): Promise<Incident> => {
  const dataDir = resolve(options.dataDir);
  const folder = join(dataDir, 'sandbox');
  const evidence = join(dataDir, 'evidence');
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await using starting = new AsyncDisposableStack();
  const amazon =
    options.amazon === undefined
      ? undefined
      : starting.use(await startAmazon({ ...options.amazon, folder: join(folder, 's3') }));
  const cloudFolder = join(folder, 'cloud');
  if (options.cloud !== undefined) await mkdir(cloudFolder, { mode: 0o700 });
  const cloud =
    amazon ?? (options.cloud === undefined ? undefined : starting.use(await options.cloud(cloudFolder)));
  const cluster = starting.use(
    await startCluster({
      ...options.cluster,
      ...(cloud === undefined ? {} : { authenticateToken: cloud.authenticateToken }),
    }),
  );
  cloud?.describe(cluster);
  const slack = starting.use(await startSlack({ ...options.slack, mode: options.mode ?? 'socket' }));
  const kubeconfig = join(folder, 'kubeconfig');
  cluster.writeKubeconfig(kubeconfig, 'responder');
  const configPath = join(folder, 'firebreak.yml');
  const parts: ConfigParts = {
    access: cloud?.cluster ?? { provider: 'kubeconfig', path: kubeconfig },
    evidence: amazon?.evidence ?? { directory: evidence, plaintext: true },
    channel: slack.channels.incident.id,
    approvers: [slack.groups.approvers.id],
    ...options.config,
  };
  await writeFile(configPath, configText(parts), { mode: 0o600 });
  const variables = {
    SLACK_BOT_TOKEN: slack.botToken,
    SLACK_SIGNING_SECRET: slack.signingSecret,
    SLACK_API_URL: slack.apiUrl,
    ...(options.mode === 'http' ? {} : { SLACK_APP_TOKEN: slack.appToken }),
    FIREBREAK_CONFIG: configPath,
    FIREBREAK_DATA_DIR: dataDir,
    ...cloud?.variables,
    ...(options.databaseUrl === undefined ? {} : { DATABASE_URL: options.databaseUrl }),
  };
  const running = starting.move();
  return {
    slack,
    cluster,
    amazon,
    evidence,
    configPath,
    startReplica: async (more) =>
      running.use(await startFirebreak({ ...variables, ...more }, join(folder, 'firebreak.log'))),
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  };
};
