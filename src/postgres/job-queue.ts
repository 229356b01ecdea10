import { PgBoss } from 'pg-boss';

export const JOB_SCHEMA = 'pgboss';
export const RUN_QUEUE = 'run';

// pg-boss accepts no less than 10 s. A worker that dies right after one is missed after that time.
const HEARTBEAT_SECONDS = 10;
// pg-boss accepts no more than a day. A run that takes longer than that is handed out again.
const EXPIRE_SECONDS = 24 * 60 * 60 - 1;
// Whether a run has failed is decided by the flow, not by a count of dead workers: as good as no limit.
const RETRY_LIMIT = 1_000_000;

/**
 * Makes or brings up to date the queue's schema and the queue of runs, as the schema's owner. `exclusive`: one job is
 * queued or active for each run. A retry is not delayed, so that a stopping worker's run starts at once elsewhere.
 */
export async function createJobQueue(ownerUrl: string): Promise<void> {
  const boss = new PgBoss({
    connectionString: ownerUrl,
    schema: JOB_SCHEMA,
    supervise: false,
    schedule: false,
    max: 1,
  });
  const failures: unknown[] = [];
  boss.on('error', (error) => failures.push(error));
  await boss.start();
  try {
    const options = {
      heartbeatSeconds: HEARTBEAT_SECONDS,
      expireInSeconds: EXPIRE_SECONDS,
      retryLimit: RETRY_LIMIT,
      retryDelay: 0,
      notify: true,
    };
    await boss.createQueue(RUN_QUEUE, { policy: 'exclusive', ...options });
    await boss.updateQueue(RUN_QUEUE, options);
  } finally {
    await boss.stop({ graceful: false });
  }
  if (failures.length > 0) throw failures[0];
}
