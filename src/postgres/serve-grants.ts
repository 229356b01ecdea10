import pg from 'pg';

/** What the serving role may do, as data. It owns nothing, it deletes no history, and what an approval binds to it can't change. */
const GRANTS: readonly string[] = [
  'usage on schema firebreak',
  'execute on function firebreak.now()',
  'execute on function firebreak.lock_audit_head()',
  'select on firebreak.migrations',
  'select, insert, update on firebreak.case_numbers',
  'select, insert, update (next_run, closed_at) on firebreak.cases',
  'select, insert, update (state, started_at, ended_at, fence, worker, heartbeat_at, cancel_team, cancel_user, progress, result, undone_by) on firebreak.runs',
  'select, insert on firebreak.decisions',
  // State and times of a change are the table's own; it can be settled, and nothing else.
  'select, insert (run_id, verb, cluster, uid, object, fields, resource_version, fence, step, made_uid), update (state, settled_fence, made_uid) on firebreak.changes',
  'select, insert (uid), update (run_id) on firebreak.target_locks',
  'select, insert (run_id, outcome, proof, digest, verdict, code, why, drifted, around, standing, news) on firebreak.proofs',
  'select, insert (run_id, cluster), update (fence, leased_until, closed_at) on firebreak.proof_watches',
  'select, insert (id, store, bundle, name), update (upload_id, superseded_at, ended_at) on firebreak.uploads',
  'select, insert, delete on firebreak.deliveries',
  'select, insert, delete on firebreak.writes',
  'select, insert on firebreak.audit_events',
  'select, insert on firebreak.audit_texts',
  'select on firebreak.audit_head',
  'select, insert, update on firebreak.messages',
  'select, update (used_at) on firebreak.edit_slots',
  // The queue's own tables: jobs are fetched, settled and cleaned up by whoever serves. Its functions make tables, so none is granted but the clock.
  'usage on schema pgboss',
  'select, insert, update, delete on all tables in schema pgboss',
  'execute on function pgboss.job_now()',
];

const REVOKES: readonly string[] = [
  'all on all tables in schema firebreak',
  'all on all functions in schema firebreak',
  'all on schema firebreak',
  'all on all tables in schema pgboss',
  'all on all functions in schema pgboss',
  'all on schema pgboss',
];

/** The statements that leave `role` with exactly these rights on the two schemas. Run as their owner, in one transaction. */
export function serveGrants(role: string): readonly string[] {
  const name = pg.escapeIdentifier(role);
  return [
    'revoke all on all functions in schema firebreak, pgboss from public',
    ...REVOKES.map((what) => `revoke ${what} from ${name}`),
    ...GRANTS.map((what) => `grant ${what} to ${name}`),
  ];
}
