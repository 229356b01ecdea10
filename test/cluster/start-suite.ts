import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { startFirebreak } from '../../sandbox/incident/firebreak-process.ts';
import { testDatabase } from '../../sandbox/postgres/test-database.ts';
import { startSlack } from '../../sandbox/slack/start-slack.ts';
import { type Players, startPlayers } from '../scenarios/players.ts';
import { openTestCluster, type TestCluster } from './test-cluster.ts';

export interface Suite extends Players {
  readonly cluster: TestCluster;
  readonly evidence: string;
}

/**
 * The whole of Firebreak against the real cluster: its own process, a stand-in Slack, a database of its own. `prepare`
 * may make more in the cluster, and name further entries of `clusters:` by their kubeconfig.
 */
export const startSuite = async (
  prepare: (cluster: TestCluster, folder: string) => Promise<Readonly<Record<string, string>>>,
): Promise<Suite> => {
  await using starting = new AsyncDisposableStack();
  const cluster = starting.use(await openTestCluster());
  const folder = mkdtempSync(join(tmpdir(), 'acceptance-'));
  starting.defer(() => rmSync(folder, { recursive: true, force: true }));
  const more = await prepare(cluster, folder);
  const database = starting.use(await testDatabase());
  const slack = starting.use(await startSlack({ mode: 'socket', rateLimits: 'off' }));
  const evidence = join(folder, 'evidence');
  const configPath = join(folder, 'firebreak.yml');
  const { footholds } = cluster;
  const entry = {
    ...{ provider: 'kubeconfig', namespaces: [cluster.namespace] },
    ...(footholds === undefined
      ? {}
      : { toolImage: footholds.toolImage, footholds: { namespace: footholds.namespace, deadline: '10m' } }),
  };
  writeFileSync(
    configPath,
    stringify({
      clusters: {
        real: {
          ...entry,
          path: cluster.kubeconfig,
          ...(cluster.context === undefined ? {} : { context: cluster.context }),
        },
        ...Object.fromEntries(Object.entries(more).map(([name, path]) => [name, { ...entry, path }])),
      },
      evidence: { directory: evidence, plaintext: true },
      channels: {
        [slack.channels.incident.id]: {
          clusters: ['real', ...Object.keys(more)],
          rules: [
            { verbs: ['inspect'], approvals: 0 },
            {
              verbs: [
                'acquire',
                'label',
                'cordon',
                'hold',
                'unhold',
                'isolate',
                'release',
                'contain',
                'undo',
              ],
              approvals: 1,
              approvers: [slack.groups.approvers.id],
            },
          ],
        },
      },
    }),
    { mode: 0o600 },
  );
  starting.use(
    await startFirebreak(
      {
        SLACK_BOT_TOKEN: slack.botToken,
        SLACK_APP_TOKEN: slack.appToken,
        SLACK_SIGNING_SECRET: slack.signingSecret,
        SLACK_API_URL: slack.apiUrl,
        FIREBREAK_CONFIG: configPath,
        FIREBREAK_DATA_DIR: folder,
        DATABASE_URL: database.serveUrl,
      },
      join(folder, 'firebreak.log'),
    ),
  );
  const players = starting.use(await startPlayers({ slack, evidence, databaseUrl: database.serveUrl }));
  const running = starting.move();
  return { ...players, cluster, evidence, [Symbol.asyncDispose]: () => running.disposeAsync() };
};
