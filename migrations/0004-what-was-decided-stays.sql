-- What has ended, and what was decided, is history: the role that serves can't write it anew. Its owner may still erase a
-- person's words (`reason` and `command`).

create function firebreak.keep_ended_run() returns trigger
  language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
  if row(old.state, old.started_at, old.ended_at, old.fence, old.worker, old.heartbeat_at, old.cancel_team, old.cancel_user,
      old.progress, old.result)
    is distinct from row(new.state, new.started_at, new.ended_at, new.fence, new.worker, new.heartbeat_at, new.cancel_team,
      new.cancel_user, new.progress, new.result)
  then
    raise exception 'run %: it has ended as %, and stays as it is', old.id, old.state;
  end if;
  return new;
end $$;
create trigger keep_ended_run before update on firebreak.runs
  for each row when (old.state in ('succeeded', 'incomplete', 'failed', 'denied', 'expired', 'cancelled'))
  execute function firebreak.keep_ended_run();

-- A run that needs an approval begins as planned, and only then is it decided.

create function firebreak.check_decision() returns trigger
  language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
  if not exists (select from firebreak.runs r where r.id = new.run_id and r.state = 'planned') then
    raise exception 'run %: it does not wait for a decision', new.run_id;
  end if;
  if abs(extract(epoch from firebreak.now() - new.at)) > 60 then
    raise exception 'run %: a decision is stamped with another time than the database''s', new.run_id;
  end if;
  return new;
end $$;
create trigger check_decision before insert on firebreak.decisions
  for each row execute function firebreak.check_decision();
