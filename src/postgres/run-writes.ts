import type pg from 'pg';
import { z } from 'zod';
import type { Person } from '../core/person.ts';
import { hasEnded, mayFollow, type RunState } from '../core/run-state.ts';
import type { Decision, NewRun, RunResult } from '../flow/ledger.ts';
import { storable } from './storable.ts';

export interface RunPlace {
  readonly id: string;
  readonly case: string;
  readonly number: number;
}

/** The next number of the case. Its row stays locked until the transaction ends, so that numbers have no gaps. */
export async function nextRun(client: pg.ClientBase, caseId: string): Promise<RunPlace> {
  const { rows } = await client.query(
    'update firebreak.cases set next_run = next_run + 1 where id = $1 returning next_run - 1 as number',
    [caseId],
  );
  const [{ number }] = z.tuple([z.object({ number: z.int() })]).parse(rows);
  return { id: `${caseId}-${number}`, case: caseId, number };
}

export async function insertRun(client: pg.ClientBase, place: RunPlace, run: NewRun): Promise<void> {
  await client.query(
    `insert into firebreak.runs (id, case_id, number, state, plan_text, plan_digest, requester_team, requester_user,
       reason, command, requested_at, expires_at)
     select $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, t.now, t.now + make_interval(secs => $11::float8 / 1000)
     from (select firebreak.now() as now offset 0) t`,
    [
      place.id,
      place.case,
      place.number,
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

/** Written once: who was first to put it back stays. */
export async function markUndone(client: pg.ClientBase, run: string, by: string): Promise<void> {
  await client.query('update firebreak.runs set undone_by = $2 where id = $1 and undone_by is null', [
    run,
    by,
  ]);
}
