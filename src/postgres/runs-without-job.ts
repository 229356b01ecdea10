import type pg from 'pg';
import { z } from 'zod';
import { JOB_SCHEMA, RUN_QUEUE } from './job-queue.ts';

const rowSchema = z.object({ id: z.string() });

/** Far beyond a heartbeat of 1 s and a takeover of 15 s: by then nobody works on it. */
const SILENT_FOR_SECONDS = 30;

/**
 * Runs that wait or run, that no worker speaks for and that no job stands for. A worker that was only slow does that: when
 * it gives up, the queue takes the job of its successor for done, and nobody would be called when the successor dies.
 */
export async function selectRunsWithoutJob(pool: pg.Pool): Promise<readonly string[]> {
  const { rows } = await pool.query<Record<string, unknown>>(
    `select r.id from firebreak.runs r
     where r.state in ('queued', 'running')
       and coalesce(r.heartbeat_at, r.requested_at) < firebreak.now() - make_interval(secs => $2)
       and not exists (
         select from ${JOB_SCHEMA}.job j where j.name = $1 and j.singleton_key = r.id and j.state < 'completed')
     order by r.id`,
    [RUN_QUEUE, SILENT_FOR_SECONDS],
  );
  return rows.map((row) => rowSchema.parse(row).id);
}
