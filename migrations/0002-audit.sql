-- The audit trail: append-only, hash-chained. docs/audit-format.md is its definition.

create table firebreak.audit_head (
  one boolean primary key default true check (one),
  seq bigint not null,
  hash text not null
);
insert into firebreak.audit_head (seq, hash) values (0, repeat('0', 64));

create table firebreak.audit_events (
  seq bigint primary key,
  at timestamptz not null,
  type text not null,
  case_id text not null,
  run_id text,
  prev text not null,
  hash text not null,
  -- RFC 8785 canonical JSON; the bytes under the hash.
  body text not null
);

create table firebreak.audit_texts (
  seq bigint not null references firebreak.audit_events (seq),
  name text not null,
  salt bytea not null check (octet_length(salt) = 32),
  text text not null,
  primary key (seq, name)
);

-- Takes the one lock that orders the events and tells what the next one must follow. The role that serves has no right
-- to write the head, and so none to lock it.
create function firebreak.lock_audit_head(out seq bigint, out hash text, out at text)
  language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
  select h.seq, h.hash into strict seq, hash from firebreak.audit_head h for update;
  -- Read after the lock was got, so that the order of times is the order of events.
  at := to_char(date_trunc('milliseconds', firebreak.now()) at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"');
end $$;
revoke all on function firebreak.lock_audit_head() from public;

-- Only here the head moves, and only to an event that follows it.
create function firebreak.chain_audit_event() returns trigger
  language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
  head firebreak.audit_head%rowtype;
  body json := new.body::json;
begin
  select * into strict head from firebreak.audit_head for update;
  if new.seq <> head.seq + 1 or new.prev <> head.hash then
    raise exception 'audit event % does not follow the head %', new.seq, head.seq;
  end if;
  if new.hash <> encode(sha256(convert_to(new.body, 'UTF8')), 'hex') then
    raise exception 'audit event %: the hash is not that of its body', new.seq;
  end if;
  if (body ->> 'seq')::bigint is distinct from new.seq
    or (body ->> 'at')::timestamptz is distinct from new.at
    or body ->> 'type' is distinct from new.type
    or body ->> 'case' is distinct from new.case_id
    or body ->> 'run' is distinct from new.run_id
    or body ->> 'prev' is distinct from new.prev
  then
    raise exception 'audit event %: a column differs from the body', new.seq;
  end if;
  if abs(extract(epoch from firebreak.now() - new.at)) > 60 then
    raise exception 'audit event %: it is stamped with another time than the database''s', new.seq;
  end if;
  update firebreak.audit_head set seq = new.seq, hash = new.hash;
  return new;
end $$;
revoke all on function firebreak.chain_audit_event() from public;
create trigger chain_audit_event before insert on firebreak.audit_events
  for each row execute function firebreak.chain_audit_event();
-- ALWAYS: `session_replication_role = replica` does not skip it.
alter table firebreak.audit_events enable always trigger chain_audit_event;

create function firebreak.refuse_audit_change() returns trigger
  language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
  raise exception 'the audit trail is append-only: % of % is refused', lower(tg_op), tg_table_name;
end $$;
create trigger refuse_audit_change before update or delete or truncate on firebreak.audit_events
  for each statement execute function firebreak.refuse_audit_change();
alter table firebreak.audit_events enable always trigger refuse_audit_change;
create trigger refuse_head_removal before insert or delete or truncate on firebreak.audit_head
  for each statement execute function firebreak.refuse_audit_change();
alter table firebreak.audit_head enable always trigger refuse_head_removal;

-- A text is erased by its owner's `delete`; it can't be changed, and only what the event names can stand here.
create function firebreak.check_audit_text() returns trigger
  language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
  if encode(sha256(new.salt || convert_to(new.text, 'UTF8')), 'hex') is distinct from (
    select e.body::json -> 'texts' ->> new.name from firebreak.audit_events e where e.seq = new.seq
  ) then
    raise exception 'audit event % does not name this text', new.seq;
  end if;
  return new;
end $$;
create trigger check_audit_text before insert on firebreak.audit_texts
  for each row execute function firebreak.check_audit_text();
alter table firebreak.audit_texts enable always trigger check_audit_text;
create trigger refuse_text_change before update on firebreak.audit_texts
  for each statement execute function firebreak.refuse_audit_change();
alter table firebreak.audit_texts enable always trigger refuse_text_change;
