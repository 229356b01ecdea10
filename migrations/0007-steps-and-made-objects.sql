-- A run may write one object in several steps, and make objects of its own: those have no UID before they are made.

alter table firebreak.changes
  -- The step of the plan that a change belongs to; empty in a plan that makes all of its writes at once.
  add column step text not null default '',
  -- The UID that the cluster gave to what the change made. Known with the outcome at the earliest.
  add column made_uid text check (made_uid <> '' and (made_uid is null or state <> 'intended'));

create function firebreak.keep_change_step() returns trigger
  language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
  raise exception 'change %: what was intended stays as it is', old.id;
end $$;
create trigger keep_change_step before update on firebreak.changes
  for each row when (new.step is distinct from old.step) execute function firebreak.keep_change_step();
