import type pg from 'pg';
import { z } from 'zod';
import type { Person } from '../core/person.ts';
import { hasEnded, mayFollow, type RunState } from '../core/run-state.ts';
import type { Decision, NewRun, RunResult } from '../flow/ledger.ts';
import { storable } from './storable.ts';

/** Inserts the run under the next number of its case; returns its id. */
export async function insertRun(client: pg.ClientBase, caseId: string, run: NewRun): Promise<string> {
  const { rows } = await client.query(
    'update firebreak.cases set next_run = next_run + 1 where id = $1 returning next_run - 1 as number',
    [caseId],
  );
  const [{ number }] = z.tuple([z.object({ number: z.int() })]).parse(rows);
  const id = `${caseId}-${number}`;
  await client.query(
    `insert into firebreak.runs (id, case_id, number, state, plan_text, plan_digest, requester_team, requester_user,
       reason, command, requested_at, expires_at)
     select $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, t.now, t.now + make_interval(secs => $11::float8 / 1000)
     from (select firebreak.now() as now offset 0) t`,
    [
      id,
      caseId,
      number,
      run.state,
      run.planText,
      run.planDigest,
      run.requester.team,
      run.requester.user,
      storable(run.reason),
      storable(run.command),
      run.expiresMs,
    ],
  );
  return id;
}

export async function addDecision(
  client: pg.ClientBase,
  run: string,
  { person, verdict }: Omit<Decision, 'at'>,
): Promise<'recorded' | 'repeated'> {
  const { rowCount } = await client.query(
    `insert into firebreak.decisions (run_id, team, user_id, verdict, at)
     values ($1, $2, $3, $4, firebreak.now()) on conflict do nothing`,
    [run, person.team, person.user, verdict],
  );
  return rowCount === 1 ? 'recorded' : 'repeated';
}

export interface Transition {
  readonly from: RunState;
  readonly to: RunState;
  readonly fence?: number;
  readonly result?: RunResult;
}

/** Guarded by state and, where given, fence. Throws TypeError for a change that no run may make. */
export async function transitionRun(
  client: pg.ClientBase,
  run: string,
  { from, to, fence, result }: Transition,
): Promise<'done' | 'lost'> {
  if (to === 'running' || !mayFollow(from, to))
    throw new TypeError(`${from} can not become ${to} by a transition`);
  const { rowCount } = await client.query(
    `update firebreak.runs set state = $3, result = coalesce($4, result),
       ended_at = case when $5::boolean then firebreak.now() end
     where id = $1 and state = $2 and ($6::int is null or fence = $6)`,
    [run, from, to, result === undefined ? null : JSON.stringify(result), hasEnded(to), fence ?? null],
  );
  return rowCount === 1 ? 'done' : 'lost';
}

/** queued or running ▶ running under the next fencing number. */
export async function claimRun(
  client: pg.ClientBase,
  run: string,
  worker: string,
): Promise<number | 'ended'> {
  const { rows } = await client.query<Record<string, unknown>>(
    `update firebreak.runs set state = 'running', fence = fence + 1, worker = $2, progress = null,
       started_at = coalesce(started_at, firebreak.now()), heartbeat_at = firebreak.now()
     where id = $1 and state in ('queued', 'running') returning fence`,
    [run, worker],
  );
  return rows.length === 0 ? 'ended' : z.object({ fence: z.int() }).parse(rows[0]).fence;
}

export async function requestCancel(
  client: pg.ClientBase,
  run: string,
  by: Person,
): Promise<'requested' | 'lost'> {
  const { rowCount } = await client.query(
    `update firebreak.runs set cancel_team = $2, cancel_user = $3
     where id = $1 and state = 'running' and cancel_user is null`,
    [run, by.team, by.user],
  );
  return rowCount === 1 ? 'requested' : 'lost';
}
