-- A run may write one object in several steps, and make objects of its own: those have no UID before they are made.

alter table firebreak.changes
  -- The step of the plan that a change belongs to; empty in a plan that makes all of its writes at once.
  add column step text not null default '',
  -- The UID that the cluster gave to what the change made, known with its outcome at the earliest; or the one to which the
  -- deletion of such an object is bound, known with its intent.
  add column made_uid text check (made_uid <> '');

create function firebreak.keep_change_step() returns trigger
  language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
  raise exception 'change %: what was intended stays as it is', old.id;
end $$;
create trigger keep_change_step before update on firebreak.changes
  for each row when (new.step is distinct from old.step or old.made_uid is not null and new.made_uid is distinct from old.made_uid) execute function firebreak.keep_change_step();
