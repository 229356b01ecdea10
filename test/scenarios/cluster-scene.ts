import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stringify } from 'yaml';
import type { StandInCluster } from '../../sandbox/cluster/stand-in-cluster.ts';
import { type Incident, type IncidentOptions, startIncident } from '../../sandbox/incident/start-incident.ts';
import { testDatabase } from '../../sandbox/postgres/test-database.ts';
import { type Players, startPlayers } from './players.ts';
import { writeKubeconfigFor } from './write-kubeconfig.ts';

export interface SceneOptions {
  readonly cluster?: IncidentOptions['cluster'];
  /** Keys of each cluster's entry beside its provider and path; one cluster by the name of the README when left out. */
  readonly clusters?: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  /** Users of the stand-in that the kubeconfig has a context for; the first is its current one. */
  readonly users?: readonly string[];
  /** Keys of a user in the kubeconfig instead of their token. */
  readonly credentials?: (dataDir: string) => Parameters<typeof writeKubeconfigFor>[3];
  /** Before Firebreak starts: pods, users, folders. */
  readonly prepare?: (cluster: StandInCluster, dataDir: string) => Promise<void> | void;
  /** When everything has ended, before the data folder is removed. */
  readonly release?: (dataDir: string) => Promise<void> | void;
}

/** A whole incident with one Firebreak process, played by one person who asks and one who approves. */
export interface Scene extends Players {
  readonly incident: Incident;
  readonly cluster: StandInCluster;
  readonly dataDir: string;
  /** What the process wrote to its log. */
  readonly logText: () => string;
}

export const startScene = async (options: SceneOptions = {}): Promise<Scene> => {
  await using starting = new AsyncDisposableStack();
  const dataDir = mkdtempSync(join(tmpdir(), 'scene-'));
  starting.defer(async () => {
    await options.release?.(dataDir);
    rmSync(dataDir, { recursive: true, force: true });
  });
  const database = starting.use(await testDatabase());
  const incident = starting.use(
    await startIncident({
      dataDir,
      databaseUrl: database.serveUrl,
      slack: { rateLimits: 'off' },
      ...(options.cluster === undefined ? {} : { cluster: options.cluster }),
    }),
  );
  const { slack, cluster } = incident;
  const kubeconfig = join(dataDir, 'sandbox', 'kubeconfig');
  await options.prepare?.(cluster, dataDir);
  writeKubeconfigFor(cluster, kubeconfig, options.users ?? ['responder'], options.credentials?.(dataDir));
  const entries = options.clusters ?? { 'prod-cluster': { namespaces: ['payments'] } };
  const channel = slack.channels.incident.id;
  writeFileSync(
    incident.configPath,
    stringify({
      clusters: Object.fromEntries(
        Object.entries(entries).map(([name, keys]) => [
          name,
          { provider: 'kubeconfig', path: kubeconfig, ...keys },
        ]),
      ),
      evidence: { directory: incident.evidence, plaintext: true },
      channels: {
        [channel]: {
          clusters: Object.keys(entries),
          rules: [
            { verbs: ['inspect'], approvals: 0 },
            { verbs: ['acquire'], approvals: 1, approvers: [slack.groups.approvers.id], expires: '30m' },
          ],
        },
      },
    }),
  );
  await incident.startReplica();
  const players = starting.use(
    await startPlayers({ slack, evidence: incident.evidence, databaseUrl: database.serveUrl }),
  );
  const running = starting.move();
  return {
    ...players,
    incident,
    cluster,
    dataDir,
    logText: () => readFileSync(join(dataDir, 'sandbox', 'firebreak.log'), 'utf8'),
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  };
};

/** Skips what needs real processes in the containers, where this machine allows none. */
export const needProcesses = ({ cluster }: Pick<Scene, 'cluster'>, skip: (why: string) => void): void => {
  if (cluster.containers === 'no shell') skip(cluster.containersReason);
};
