-- The undo ledger: every change of a cluster, with what stood there before. It is written before the change is made, and its
-- outcome after. docs/audit-format.md has the events beside it.

create table firebreak.changes (
  id bigint generated always as identity primary key,
  run_id text not null references firebreak.runs (id),
  -- Its run's, as its plan says; kept here, since json refuses to look into a plan that holds U+0000.
  verb text not null,
  cluster text not null,
  uid text not null,
  -- JSON as text, since jsonb refuses U+0000, which an annotation may hold.
  object text not null,
  fields text not null,
  resource_version text not null,
  fence integer not null,
  state text not null default 'intended' check (state in ('intended', 'applied', 'not applied', 'unknown')),
  intended_at timestamptz not null default firebreak.now(),
  settled_at timestamptz,
  -- Of who settled it: a successor may have read it back.
  settled_fence integer,
  check ((state = 'intended') = (settled_at is null) and (settled_at is null) = (settled_fence is null))
);
create index changes_of_object on firebreak.changes (cluster, uid, id);
create index changes_of_run on firebreak.changes (run_id, id);

create function firebreak.check_new_change() returns trigger
  language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
  if new.state <> 'intended' then
    raise exception 'a change begins as intended, not as %', new.state;
  end if;
  -- Locked, so that no other worker takes the run over before this is committed.
  perform from firebreak.runs r
    where r.id = new.run_id and r.state = 'running' and r.fence = new.fence for share;
  if not found then
    raise exception 'run %: it does not run under the fencing number %', new.run_id, new.fence;
  end if;
  if new.object::json ->> 'uid' is distinct from new.uid then
    raise exception 'run %: the UID of a change is not that of its object', new.run_id;
  end if;
  return new;
end $$;
create trigger check_new_change before insert on firebreak.changes
  for each row execute function firebreak.check_new_change();

-- Once, by who holds the run, and nothing else of it. The time is the database's.
create function firebreak.check_settled_change() returns trigger
  language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
  if old.state <> 'intended' or new.state = 'intended' then
    raise exception 'change %: it is %, and can not become %', old.id, old.state, new.state;
  end if;
  if row(old.id, old.run_id, old.verb, old.cluster, old.uid, old.object, old.fields, old.resource_version,
      old.fence, old.intended_at)
    is distinct from row(new.id, new.run_id, new.verb, new.cluster, new.uid, new.object, new.fields, new.resource_version,
      new.fence, new.intended_at)
  then
    raise exception 'change %: what was intended stays as it is', old.id;
  end if;
  perform from firebreak.runs r
    where r.id = new.run_id and r.state = 'running' and r.fence = new.settled_fence for share;
  if not found then
    raise exception 'change %: run % does not run under the fencing number %', old.id, old.run_id, new.settled_fence;
  end if;
  new.settled_at := firebreak.now();
  return new;
end $$;
create trigger check_settled_change before update on firebreak.changes
  for each row execute function firebreak.check_settled_change();

create function firebreak.refuse_change_removal() returns trigger
  language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
  raise exception 'the ledger of changes is kept: % is refused', lower(tg_op);
end $$;
create trigger refuse_change_removal before delete or truncate on firebreak.changes
  for each statement execute function firebreak.refuse_change_removal();

-- Who put back what a run changed. keep_ended_run says nothing of this column: it is written after the end.
alter table firebreak.runs add column undone_by text references firebreak.runs (id) check (undone_by <> id);

create function firebreak.keep_undone_by() returns trigger
  language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
  raise exception 'run %: it was undone by %, which stays as it is', old.id, old.undone_by;
end $$;
create trigger keep_undone_by before update on firebreak.runs
  for each row when (old.undone_by is not null and new.undone_by is distinct from old.undone_by)
  execute function firebreak.keep_undone_by();

-- One changing run for each object at a time. The row is what claims wait for; the run in it holds the object as long as it is
-- running, so nothing has to be cleared at its end. Null: nobody has held it yet.
create table firebreak.target_locks (
  uid text primary key,
  run_id text references firebreak.runs (id)
);

create function firebreak.keep_target_lock() returns trigger
  language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
  if exists (select from firebreak.runs r where r.id = old.run_id and r.state = 'running') then
    raise exception 'object %: run % holds it', old.uid, old.run_id;
  end if;
  return new;
end $$;
create trigger keep_target_lock before update on firebreak.target_locks
  for each row when (new.run_id is distinct from old.run_id)
  execute function firebreak.keep_target_lock();
