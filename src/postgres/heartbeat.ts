import type pg from 'pg';
import { z } from 'zod';
import type { Progress } from '../core/evidence.ts';
import { inTransaction } from './in-transaction.ts';
import { refreshCard } from './show-message.ts';

const row = z.object({ cancelled: z.boolean(), changed: z.boolean() });

/** Keeps the run for the worker with this fence, and stores its progress; the card gets a new version only when that changed. */
export async function beat(
  pool: pg.Pool,
  run: string,
  fence: number,
  progress: Progress | undefined,
): Promise<'held' | 'lost' | 'cancel requested'> {
  return inTransaction(pool, async (client) => {
    const { rows } = await client.query<Record<string, unknown>>(
      `with before as (
         select id, progress from firebreak.runs where id = $1 and fence = $2 and state = 'running' for update
       )
       update firebreak.runs r set heartbeat_at = firebreak.now(), progress = coalesce($3, r.progress)
       from before where r.id = before.id
       returning r.cancel_user is not null as cancelled, r.progress is distinct from before.progress as changed`,
      [run, fence, progress === undefined ? null : JSON.stringify(progress)],
    );
    if (rows.length === 0) return 'lost';
    const { cancelled, changed } = row.parse(rows[0]);
    if (changed) await refreshCard(client, run);
    return cancelled ? 'cancel requested' : 'held';
  });
}
