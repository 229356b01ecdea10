import type { Environment } from './config/environment.ts';
import { requireVariable } from './config/environment.ts';
import { configuredClusters } from './configured-clusters.ts';
import { configuredStore } from './configured-store.ts';
import { FirebreakError } from './core/firebreak-error.ts';
import { differingIdentities } from './differing-identities.ts';
import { openBundle } from './evidence/bundle.ts';
import { guardedStore } from './evidence/guarded-store.ts';
import { recentCheck } from './evidence/recent-check.ts';
import { createUseCases } from './flow/create-use-cases.ts';
import type { ExecuteDeps } from './flow/execute.ts';
import { execute } from './flow/execute.ts';
import { proveAllDue } from './flow/proofs/prove-all-due.ts';
import { planReleaseInTime } from './flow/release-in-time.ts';
import { sweep } from './flow/sweep.ts';
import { ownPlace } from './own-place.ts';
import { checkSchema } from './postgres/check-schema.ts';
import { createPool } from './postgres/create-pool.ts';
import { PgBossJobs } from './postgres/jobs.ts';
import { PostgresLedger } from './postgres/ledger.ts';
import { PostgresOutbox } from './postgres/outbox.ts';
import { RunQueue } from './postgres/run-queue.ts';
import { withSentences } from './postgres/with-sentences.ts';
import { readConfiguration } from './read-configuration.ts';
import { createAdminServer } from './runtime/admin-server.ts';
import { digest } from './runtime/digest.ts';
import { listenFailure } from './runtime/listen-failure.ts';
import type { Logger } from './runtime/logger.ts';
import { createMetrics } from './runtime/metrics.ts';
import { Repeating } from './runtime/repeating.ts';
import { systemClock } from './runtime/system-clock.ts';
import { connectSlack, createSlackApp } from './slack/app.ts';
import { Deliverer } from './slack/deliverer.ts';
import { verbs } from './verbs/index.ts';
import { openNodeSide } from './verbs/isolate/netns/open-node-side.ts';

export interface ComposeInit {
  readonly environment: Environment;
  readonly proxyEnvironment: Readonly<Record<string, string | undefined>>;
  readonly version: string;
  readonly log: Logger;
}

export interface Firebreak {
  /** Resolves when commands arrive and runs are taken. After a failure, `stop` ends what had been started. */
  start(): Promise<void>;
  /** Runs at work are handed back, so that another replica takes them over. */
  stop(): Promise<void>;
}

/** How often each replica looks for reminders and expiries that are due. */
const SWEEP_INTERVAL_MS = 1_000;
/** How often it looks for proofs that are to be repeated. */
const PROOFS_INTERVAL_MS = 5_000;

/** The composition root: the only place that builds long-lived objects. Throws `config-invalid`. */
export const compose = async ({
  environment,
  proxyEnvironment,
  version,
  log,
}: ComposeInit): Promise<Firebreak> => {
  const databaseUrl = requireVariable(
    environment.DATABASE_URL,
    'DATABASE_URL',
    'Firebreak keeps its state in PostgreSQL.',
  );
  const slackInit = {
    botToken: requireVariable(
      environment.SLACK_BOT_TOKEN,
      'SLACK_BOT_TOKEN',
      'It is the bot token of the Slack app (xoxb-…).',
    ),
    ...(environment.SLACK_API_URL === undefined ? {} : { apiUrl: environment.SLACK_API_URL }),
    logger: log,
  };
  const signingSecret =
    environment.SLACK_APP_TOKEN === undefined
      ? requireVariable(
          environment.SLACK_SIGNING_SECRET,
          'SLACK_SIGNING_SECRET',
          'Without SLACK_APP_TOKEN, requests arrive over HTTP and are checked by it.',
        )
      : (environment.SLACK_SIGNING_SECRET ?? '');
  const config = await readConfiguration(environment);

  const clock = systemClock;
  const failed = (what: string) => (err: unknown) => log.warn({ err }, what);
  const pool = createPool(databaseUrl, { onError: failed('A connection to the database broke.') });
  const queue = new RunQueue(databaseUrl, failed('The queue lost its connection for a moment.'));
  const ledger = new PostgresLedger({ pool, queue, onError: failed('The database did not answer.') });
  const outbox = new PostgresOutbox({
    pool,
    url: databaseUrl,
    onError: failed('The outbox lost its connection for a moment.'),
  });
  const jobs = new PgBossJobs({ queue, onError: failed('A run was handed back to the queue.') });
  const { evidence } = config;
  const home = environment.HOME;
  const store = configuredStore({ evidence, pool, home, clock, variables: proxyEnvironment });
  const storeCheck = (signal: AbortSignal) => store.check(signal);
  const storeReady = evidence.kind === 'directory' ? storeCheck : recentCheck(storeCheck, clock);
  const clusters = configuredClusters({ config, home, clock, variables: proxyEnvironment, version });
  const slack = connectSlack(slackInit);
  const metrics = createMetrics();
  const deps: ExecuteDeps = {
    ledger,
    directory: slack.directory,
    clusters,
    nodeSide: openNodeSide,
    verbs,
    store,
    storage: evidence.storage,
    channels: config.channels,
    policyDigest: config.policyDigest,
    digest,
    clock,
    log,
    ownPod: environment.KUBERNETES_SERVICE_HOST === undefined ? undefined : environment.HOSTNAME,
    version,
    worker: `${environment.HOSTNAME || 'firebreak'}/${process.pid}`,
    openBundle: ({ stillHeld, ...options }) =>
      openBundle({ ...options, store: guardedStore(store, stillHeld), clock, digest }),
    runEnded: metrics.runEnded,
  };
  const app = createSlackApp({
    ...slackInit,
    signingSecret,
    ...(environment.SLACK_APP_TOKEN === undefined ? {} : { appToken: environment.SLACK_APP_TOKEN }),
    port: environment.PORT,
    client: slack.client,
    useCases: createUseCases({
      ...deps,
      check: {
        identitiesOf: differingIdentities(config),
        ownPlace: ownPlace({ home, clock, baseDir: config.baseDir, environment: proxyEnvironment }),
      },
    }),
    clock,
  });
  const deliverer = new Deliverer({ outbox, client: slack.client, clock, logger: log });
  const sweeper = new Repeating({
    clock,
    everyMs: SWEEP_INTERVAL_MS,
    work: () => sweep({ ...deps, planRelease: (run) => planReleaseInTime(deps, run) }),
    onError: failed('Reminders and expiries could not be looked for; it is tried again.'),
  });
  const prover = new Repeating({
    clock,
    everyMs: PROOFS_INTERVAL_MS,
    work: (stopping) => proveAllDue({ ...deps, proofRepeated: metrics.proofRepeated }, stopping),
    onError: failed('Proofs that are due could not all be repeated; it is tried again.'),
  });
  const admin = createAdminServer(
    [
      async () => {
        try {
          await checkSchema(pool);
          const digests = await ledger.openPolicyDigests();
          return digests.every((one) => one === config.policyDigest)
            ? undefined
            : 'Runs wait that were planned under another configuration; this replica does not decide them.';
        } catch (thrown) {
          return thrown instanceof FirebreakError ? thrown.message : 'The database does not answer.';
        }
      },
      async (signal) => {
        try {
          await storeReady(signal);
          return undefined;
        } catch {
          return `The evidence store ${store.location} does not take a write.`;
        }
      },
      async () => (app.receiving() ? undefined : 'Slack is not connected.'),
    ],
    metrics,
  );
  const adminPort =
    environment.FIREBREAK_ADMIN_PORT ??
    (environment.SLACK_APP_TOKEN === undefined ? DEFAULT_ADMIN_PORT : environment.PORT);

  // Ends in the opposite order, and what can't be ended does not keep the rest from it.
  const running = new AsyncDisposableStack();
  running.defer(() => pool.end());
  running.defer(() => admin.close());
  running.defer(() => clusters.close());
  running.defer(() => queue.close());
  running.defer(() => outbox.close());
  return {
    start: async () => {
      await withSentences(() => checkSchema(pool));
      const port = await admin.listen(adminPort).catch((thrown: unknown) => {
        throw listenFailure('FIREBREAK_ADMIN_PORT', adminPort, thrown);
      });
      running.defer(() => deliverer.stop());
      deliverer.start();
      running.defer(() => jobs.stop());
      await jobs.start((run, signal) => execute(deps, run, signal));
      running.defer(() => sweeper.stop());
      sweeper.start();
      running.defer(() => prover.stop());
      prover.start();
      running.defer(() => app.stop());
      const receiving = await app.start().catch((thrown: unknown) => {
        throw listenFailure('PORT', environment.PORT, thrown);
      });
      log.info(
        { adminPort: port, ...receiving, version, clusters: config.clusters.map(({ name }) => name) },
        'Firebreak is ready.',
      );
    },
    stop: async () => {
      // First, since closing the connections to Slack takes seconds in which a run could already be another's.
      const handedOver = jobs.stop().catch(failed('The queue could not be left in order.'));
      await running.disposeAsync();
      await handedOver;
    },
  };
};

/** In HTTP mode, so that metrics never face Slack's side. */
const DEFAULT_ADMIN_PORT = 3001;
