import type pg from 'pg';
import { z } from 'zod';

const claimedRow = z.object({ fence: z.int() });

/**
 * queued or running ▶ running under the next fencing number, alone on the objects with these UIDs. `ended` when the run is
 * in no such state, `busy` when another running run holds one of them; then it stays as it is.
 */
export async function claimRun(
  client: pg.ClientBase,
  run: string,
  worker: string,
  exclusive: readonly string[],
): Promise<number | 'ended' | 'busy'> {
  // The run before its targets, as every transaction locks them.
  const { rowCount } = await client.query(
    `select from firebreak.runs where id = $1 and state in ('queued', 'running') for update`,
    [run],
  );
  if (rowCount === 0) return 'ended';
  if (exclusive.length > 0 && (await lockTargets(client, run, exclusive)) === 'busy') return 'busy';
  const { rows } = await client.query<Record<string, unknown>>(
    `update firebreak.runs set state = 'running', fence = fence + 1, worker = $2, progress = null,
       started_at = coalesce(started_at, firebreak.now()), heartbeat_at = firebreak.now()
     where id = $1 returning fence`,
    [run, worker],
  );
  return claimedRow.parse(rows[0]).fence;
}

/** In one order, so that two who want the same objects never wait for each other. */
async function lockTargets(
  client: pg.ClientBase,
  run: string,
  uids: readonly string[],
): Promise<'held' | 'busy'> {
  await client.query(
    `insert into firebreak.target_locks (uid)
     select distinct uid from unnest($1::text[]) uid order by uid on conflict do nothing`,
    [uids],
  );
  await client.query('select from firebreak.target_locks where uid = any($1) order by uid for update', [
    uids,
  ]);
  // A statement of its own: its snapshot is taken after the locks were got, and so it sees who was first.
  const { rowCount } = await client.query(
    `select from firebreak.target_locks l join firebreak.runs r on r.id = l.run_id
     where l.uid = any($1) and r.id <> $2 and r.state = 'running'`,
    [uids, run],
  );
  if (rowCount !== 0) return 'busy';
  await client.query('update firebreak.target_locks set run_id = $2 where uid = any($1)', [uids, run]);
  return 'held';
}
