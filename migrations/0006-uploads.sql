-- What is being uploaded to a store that keeps nothing of an upload under its name until it is completed. Each upload is written
-- down before anything of it is sent, so that a takeover finds what a dead process left.

create table firebreak.uploads (
  -- Made by who uploads: the object carries it too.
  id uuid primary key,
  -- Where the store is, as people are told it: what another store left is not looked for in this one.
  store text not null,
  -- `<case>/<run>`, and the path within it.
  bundle text not null,
  name text not null,
  -- The store's own id of a multipart upload.
  upload_id text,
  begun_at timestamptz not null default firebreak.now(),
  superseded_at timestamptz,
  ended_at timestamptz
);
create index uploads_open on firebreak.uploads (store, bundle) where ended_at is null;

create function firebreak.check_new_upload() returns trigger
  language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
  new.begun_at := firebreak.now();
  if row(new.upload_id, new.superseded_at, new.ended_at) is distinct from row(null::text, null::timestamptz, null::timestamptz) then
    raise exception 'upload %: it begins as open, before it has an id in the store', new.id;
  end if;
  return new;
end $$;
create trigger check_new_upload before insert on firebreak.uploads
  for each row execute function firebreak.check_new_upload();

-- Each is set once, in whatever order. The times are the database's.
create function firebreak.check_upload() returns trigger
  language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
  if row(new.id, new.store, new.bundle, new.name, new.begun_at)
    is distinct from row(old.id, old.store, old.bundle, old.name, old.begun_at)
    or (old.upload_id is not null and new.upload_id is distinct from old.upload_id)
    or (old.superseded_at is not null and new.superseded_at is distinct from old.superseded_at)
    or (old.ended_at is not null and new.ended_at is distinct from old.ended_at)
  then
    raise exception 'upload %: what was written down of it stays as it is', old.id;
  end if;
  return new;
end $$;
create trigger check_upload before update on firebreak.uploads
  for each row execute function firebreak.check_upload();
