import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stringify } from 'yaml';
import type { RecordedRequest } from '../../sandbox/cluster/api/recorded-request.ts';
import type { StandInCluster } from '../../sandbox/cluster/stand-in-cluster.ts';
import { startCluster } from '../../sandbox/cluster/start-cluster.ts';
import type { SlackOptions, StandInSlack } from '../../sandbox/slack/stand-in-slack.ts';
import { startSlack } from '../../sandbox/slack/start-slack.ts';
import { writeKubeconfigFor } from '../scenarios/write-kubeconfig.ts';
import { type Ended, runCommand } from './run-command.ts';

type Keys = Readonly<Record<string, unknown>>;

export interface CheckScene extends AsyncDisposable {
  readonly cluster: StandInCluster;
  readonly slack: StandInSlack;
  /** The folder of the configuration. */
  readonly folder: string;
  readonly kubeconfig: string;
  /** Writes `firebreak.yml` with these clusters, by their keys beside provider and path, in one channel. */
  configure(config: {
    readonly clusters: Readonly<Record<string, Keys>>;
    readonly rules?: readonly Keys[];
    readonly evidence?: Keys;
    /** Names in the channel; all of them when left out. */
    readonly inChannel?: readonly string[];
  }): Promise<void>;
  /** Runs `firebreak` with Slack's tokens and without a database. */
  run(args: readonly string[], variables?: Readonly<Record<string, string>>): Promise<Ended>;
  /** Requests that are neither reads nor reviews about the caller itself. */
  changes(): readonly RecordedRequest[];
}

export interface CheckSceneOptions {
  readonly users?: readonly string[];
  readonly slack?: SlackOptions;
  readonly prepare?: (cluster: StandInCluster) => void;
}

const REVIEWS = /^selfsubject(?:access|rules)?reviews$/;

export const startCheckScene = async (options: CheckSceneOptions = {}): Promise<CheckScene> => {
  await using starting = new AsyncDisposableStack();
  const folder = await mkdtemp(join(tmpdir(), 'firebreak-check-'));
  starting.defer(() => rm(folder, { recursive: true, force: true }));
  const cluster = starting.use(await startCluster({ containers: 'no shell' }));
  options.prepare?.(cluster);
  const slack = starting.use(await startSlack({ mode: 'http', ...options.slack }));
  const kubeconfig = join(folder, 'kubeconfig');
  writeKubeconfigFor(cluster, kubeconfig, options.users ?? ['responder', 'reader', 'admin', 'nobody']);
  const path = join(folder, 'firebreak.yml');
  const running = starting.move();
  return {
    ...{ cluster, slack, folder, kubeconfig },
    configure: ({ clusters, rules, evidence, inChannel }) =>
      writeFile(
        path,
        stringify({
          clusters: Object.fromEntries(
            Object.entries(clusters).map(([name, keys]) => [
              name,
              { provider: 'kubeconfig', path: kubeconfig, ...keys },
            ]),
          ),
          evidence: evidence ?? { directory: join(folder, 'evidence'), plaintext: true },
          channels: {
            [slack.channels.incident.id]: {
              clusters: inChannel ?? Object.keys(clusters),
              rules: rules ?? [
                { verbs: ['inspect'], approvals: 0 },
                { verbs: ['acquire', 'cordon'], approvals: 1, approvers: [slack.groups.approvers.id] },
              ],
            },
          },
        }),
      ),
    run: (args, variables = {}) =>
      runCommand(args, {
        ...{ FIREBREAK_CONFIG: path, FIREBREAK_DATA_DIR: join(folder, 'data') },
        ...{ SLACK_BOT_TOKEN: slack.botToken, SLACK_API_URL: slack.apiUrl },
        SLACK_SIGNING_SECRET: slack.signingSecret,
        ...variables,
      }),
    changes: () =>
      cluster.requests.filter(
        ({ method, resource, upgrade }) =>
          upgrade || !(method === 'GET' || (method === 'POST' && REVIEWS.test(resource))),
      ),
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  };
};
