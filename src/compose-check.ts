import { awsCredentials } from './clouds/aws/aws-credentials.ts';
import type { Environment } from './config/environment.ts';
import type { Config } from './config.ts';
import { configuredClusters } from './configured-clusters.ts';
import type { StoreInspection } from './core/evidence.ts';
import { differingIdentities } from './differing-identities.ts';
import { createDirectoryInspection } from './evidence/directory-inspection.ts';
import { createS3Inspection } from './evidence/s3-inspection.ts';
import type { ClusterCheckDeps } from './flow/check/check-cluster.ts';
import type { Clusters } from './flow/clusters.ts';
import { ownPlace } from './own-place.ts';
import type { Logger } from './runtime/logger.ts';
import { systemClock } from './runtime/system-clock.ts';
import { connectSlack, type SlackConnection } from './slack/app.ts';
import { verbs } from './verbs/index.ts';

export interface CheckInit {
  readonly environment: Environment;
  readonly variables: Readonly<Record<string, string | undefined>>;
  readonly version: string;
  readonly log: Logger;
}

/** What a check looks at. It needs no database. */
export interface Checked extends AsyncDisposable {
  readonly clusters: ClusterCheckDeps & { readonly clusters: Pick<Clusters, 'look' | 'entries'> };
  readonly store: StoreInspection;
  /** Absent without a bot token. */
  readonly slack: Pick<SlackConnection, 'access' | 'directory'> | undefined;
}

/** Builds what `firebreak check` looks at; nothing is asked before it is used. */
export const composeCheck = (
  config: Config,
  { environment, variables, version, log }: CheckInit,
): Checked => {
  const clock = systemClock;
  const home = environment.HOME;
  const clusters = configuredClusters({ config, home, clock, variables, version });
  const { evidence } = config;
  const { SLACK_BOT_TOKEN: botToken, SLACK_API_URL: apiUrl } = environment;
  return {
    clusters: {
      ...{ clusters, verbs, channels: config.channels },
      ...{ identitiesOf: differingIdentities(config), asksBy: 'every identity' },
      ownPlace: ownPlace({ home, clock, baseDir: config.baseDir, environment: variables }),
    },
    store:
      evidence.kind === 'directory'
        ? createDirectoryInspection({ root: evidence.directory })
        : createS3Inspection({
            settings: evidence.s3,
            credentials: awsCredentials({
              ...{ home, clock, region: evidence.s3.region, environment: variables },
            }),
            ...{ clock, proxyEnvironment: variables },
          }),
    slack:
      botToken === undefined
        ? undefined
        : connectSlack({ botToken, logger: log, ...(apiUrl === undefined ? {} : { apiUrl }) }),
    [Symbol.asyncDispose]: () => clusters.close(),
  };
};
