-- Cases, runs, decisions. The schema itself is made by the migrator.

-- Every stamp, expiry, lease and pace asks this function, and nothing else, for the time.
create function firebreak.now() returns timestamptz
  language sql volatile
  as 'select pg_catalog.clock_timestamp()';

create table firebreak.case_numbers (
  year integer primary key,
  last integer not null
);

create table firebreak.cases (
  id text primary key check (id ~ '^FB-[0-9]{4}-[0-9]{4,}$'),
  channel text not null,
  opened_at timestamptz not null,
  opened_by_team text not null,
  opened_by_user text not null,
  closed_at timestamptz,
  next_run integer not null default 1,
  evidence_key bytea not null check (octet_length(evidence_key) = 32)
);
create unique index cases_one_open_per_channel on firebreak.cases (channel) where closed_at is null;

create table firebreak.runs (
  id text primary key,
  case_id text not null references firebreak.cases (id),
  number integer not null,
  state text not null check (state in (
    'planned', 'queued', 'running', 'succeeded', 'incomplete', 'failed', 'denied', 'expired', 'cancelled'
  )),
  -- The RFC 8785 text under the digest. A json column would not keep its bytes.
  plan_text text not null,
  plan_digest text not null check (plan_digest ~ '^[0-9a-f]{64}$'),
  requester_team text not null,
  requester_user text not null,
  reason text not null,
  command text not null,
  requested_at timestamptz not null,
  expires_at timestamptz not null,
  started_at timestamptz,
  ended_at timestamptz,
  fence integer not null default 0,
  worker text,
  heartbeat_at timestamptz,
  cancel_team text,
  cancel_user text,
  -- JSON as text, since jsonb refuses U+0000, which may come out of a suspect.
  progress text,
  result text,
  unique (case_id, number)
);
create index runs_planned on firebreak.runs (expires_at) where state = 'planned';

-- The same table as src/core/run-state.ts; a test compares the two.
create function firebreak.check_run_state() returns trigger
  language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
  if new.state <> old.state and (old.state, new.state) not in (
    ('planned', 'queued'), ('planned', 'denied'), ('planned', 'expired'), ('planned', 'cancelled'),
    ('queued', 'running'), ('queued', 'failed'), ('queued', 'cancelled'),
    ('running', 'succeeded'), ('running', 'incomplete'), ('running', 'failed'), ('running', 'cancelled')
  ) then
    raise exception 'run %: % can not become %', old.id, old.state, new.state;
  end if;
  if new.fence < old.fence then
    raise exception 'run %: the fencing number can not go back', old.id;
  end if;
  return new;
end $$;
create trigger check_run_state before update on firebreak.runs
  for each row execute function firebreak.check_run_state();

create table firebreak.decisions (
  run_id text not null references firebreak.runs (id),
  team text not null,
  user_id text not null,
  verdict text not null check (verdict in ('approve', 'deny')),
  at timestamptz not null,
  -- Who approved may still deny.
  primary key (run_id, team, user_id, verdict)
);

create table firebreak.deliveries (
  key text primary key,
  at timestamptz not null
);
create index deliveries_at on firebreak.deliveries (at);

-- One row for each transaction of the ledger. When the answer to a COMMIT is lost, it tells whether the COMMIT happened.
create table firebreak.writes (
  token uuid primary key,
  at timestamptz not null
);
create index writes_at on firebreak.writes (at);
