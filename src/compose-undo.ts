import type { Environment } from './config/environment.ts';
import { requireVariable } from './config/environment.ts';
import { configuredClusters } from './configured-clusters.ts';
import { configuredStore } from './configured-store.ts';
import { FirebreakError } from './core/firebreak-error.ts';
import { openBundle } from './evidence/bundle.ts';
import { guardedStore } from './evidence/guarded-store.ts';
import type { Directory } from './flow/directory.ts';
import type { ExecuteDeps } from './flow/execute.ts';
import { checkSchema } from './postgres/check-schema.ts';
import { createPool } from './postgres/create-pool.ts';
import { PostgresLedger } from './postgres/ledger.ts';
import { RunQueue } from './postgres/run-queue.ts';
import { withSentences } from './postgres/with-sentences.ts';
import { readConfiguration } from './read-configuration.ts';
import { digest } from './runtime/digest.ts';
import type { Logger } from './runtime/logger.ts';
import { systemClock } from './runtime/system-clock.ts';
import { connectSlack } from './slack/app.ts';
import { verbs } from './verbs/index.ts';
import { openNodeSide } from './verbs/isolate/netns/open-node-side.ts';

export interface UndoInit {
  readonly environment: Environment;
  readonly variables: Readonly<Record<string, string | undefined>>;
  readonly version: string;
  /** The machine's own name, for the trail. */
  readonly host: string;
  readonly log: Logger;
}

export interface UndoParts extends AsyncDisposable {
  readonly deps: ExecuteDeps;
}

/**
 * People as a process knows them that does without the chat. Who is named as an approver by id is taken for one: their
 * standing is looked up when they press the button. The members of a group are known to the chat alone.
 */
const directoryWithoutChat = (
  { SLACK_BOT_TOKEN: botToken, SLACK_API_URL: apiUrl }: Environment,
  log: Logger,
): Directory => {
  const slack =
    botToken === undefined
      ? undefined
      : connectSlack({ botToken, logger: log, ...(apiUrl === undefined ? {} : { apiUrl }) });
  const notAsked = (): Promise<never> => Promise.reject(new TypeError('The chat is not asked here.'));
  return {
    standing: async () => 'member',
    members: async (group) => {
      if (slack !== undefined) return slack.directory.members(group);
      throw new FirebreakError({
        code: 'slack-unavailable',
        message: `Approvals are needed from the user group ${group}, and only Slack knows who is in it: SLACK_BOT_TOKEN is not set here.`,
        next: 'Set it, or name approvers by their own ids (U…) in the rule. Nothing was planned.',
      });
    },
    channel: notAsked,
    team: notAsked,
  };
};

/** What undoes a run without the chat. Throws `config-invalid`, and `database-unavailable` for a schema of another version. */
export const composeUndo = async ({
  environment,
  variables,
  version,
  host,
  log,
}: UndoInit): Promise<UndoParts> => {
  const url = requireVariable(
    environment.DATABASE_URL,
    'DATABASE_URL',
    'It is the one of the Firebreak that serves: the undo ledger lies there.',
  );
  const config = await readConfiguration(environment);
  const clock = systemClock;
  const home = environment.HOME;
  const failed = (what: string) => (err: unknown) => log.warn({ err }, what);
  await using starting = new AsyncDisposableStack();
  const pool = createPool(url, { onError: failed('A connection to the database broke.') });
  starting.defer(() => pool.end());
  const queue = new RunQueue(url, failed('The queue lost its connection for a moment.'));
  starting.defer(() => queue.close());
  const { evidence } = config;
  const store = configuredStore({ evidence, pool, home, clock, variables });
  const clusters = configuredClusters({ config, home, clock, variables, version });
  starting.defer(() => clusters.close());
  await withSentences(() => checkSchema(pool));
  const running = starting.move();
  return {
    deps: {
      ledger: new PostgresLedger({ pool, queue, onError: failed('The database did not answer.') }),
      directory: directoryWithoutChat(environment, log),
      nodeSide: openNodeSide,
      ...{ clusters, verbs, store, digest, clock, log, version },
      storage: evidence.storage,
      channels: config.channels,
      policyDigest: config.policyDigest,
      ownPod: environment.KUBERNETES_SERVICE_HOST === undefined ? undefined : environment.HOSTNAME,
      worker: `undo on ${host}/${process.pid}`,
      openBundle: ({ stillHeld, ...options }) =>
        openBundle({ ...options, store: guardedStore(store, stillHeld), clock, digest }),
      runEnded: () => undefined,
    },
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  };
};
