-- Proofs that what a run changed does what it is for, made by the run and repeated while it is in force.
-- docs/audit-format.md has the events beside them.

create table firebreak.proofs (
  id bigint generated always as identity primary key,
  run_id text not null references firebreak.runs (id),
  at timestamptz not null default firebreak.now(),
  -- `nothing to prove`: what it was about is gone.
  outcome text not null check (outcome in ('proven', 'not proven', 'nothing to prove')),
  -- RFC 8785 text, the bytes under the digest.
  proof text,
  digest text,
  verdict text check (verdict in ('CONTAINED', 'PARTIAL', 'NOT ENFORCED')),
  -- Why it could not be made.
  code text,
  why text,
  -- JSON as text: what no longer stands, what the channel knows by now.
  drifted text not null,
  standing text not null,
  -- What others did next to it since the proof before.
  around text not null default '[]',
  news text check (news in ('failed', 'not proven', 'proven again')),
  check ((outcome = 'proven') = (proof is not null)),
  check ((proof is null) = (digest is null) and (proof is null) = (verdict is null)),
  check ((outcome = 'not proven') = (why is not null) and (why is null) = (code is null)),
  check (digest = encode(sha256(convert_to(proof, 'UTF8')), 'hex'))
);
create index proofs_of_run on firebreak.proofs (run_id, id);

create function firebreak.check_new_proof() returns trigger
  language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
  if abs(extract(epoch from firebreak.now() - new.at)) > 60 then
    raise exception 'run %: a proof is stamped with another time than the database''s', new.run_id;
  end if;
  return new;
end $$;
create trigger check_new_proof before insert on firebreak.proofs
  for each row execute function firebreak.check_new_proof();

create function firebreak.refuse_proof_change() returns trigger
  language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
  raise exception 'proofs are kept as they are: % is refused', lower(tg_op);
end $$;
create trigger refuse_proof_change before update or delete or truncate on firebreak.proofs
  for each statement execute function firebreak.refuse_proof_change();

-- Whose proof is to be repeated, and which replica does it. A lease that has ended is anybody's; the fencing number tells
-- who was slow from who took over.
create table firebreak.proof_watches (
  run_id text primary key references firebreak.runs (id),
  cluster text not null,
  fence integer not null default 0,
  leased_until timestamptz,
  -- Nothing that the run changed is held any more.
  closed_at timestamptz
);
create index proof_watches_open on firebreak.proof_watches (run_id) where closed_at is null;
create index changes_of_verb on firebreak.changes (verb);

-- Whatever is done to the same objects may return them to a run that held them before.
create function firebreak.reopen_proof_watches() returns trigger
  language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
  update firebreak.proof_watches w set closed_at = null
    where w.closed_at is not null and w.run_id <> new.run_id and w.run_id in (
      select c.run_id from firebreak.changes c where c.cluster = new.cluster and c.uid = new.uid);
  return new;
end $$;
create trigger reopen_proof_watches after insert on firebreak.changes
  for each row execute function firebreak.reopen_proof_watches();

-- A run may owe the channel several messages of one kind: each is about one proof. 0: the others.
alter table firebreak.messages
  drop constraint messages_notice_check,
  add constraint messages_notice_check check (notice in (
    'card', 'reminder-1', 'reminder-2', 'decision', 'taken-over', 'end', 'artifacts',
    'proof-failed', 'proof-missed', 'proof-again'
  )),
  add column about bigint not null default 0,
  drop constraint messages_pkey,
  add primary key (run_id, notice, about),
  add check ((about = 0) = (notice not like 'proof-%'));
