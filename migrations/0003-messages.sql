-- What the channels are owed (an outbox), and the budget of edits that all replicas share.

create table firebreak.messages (
  run_id text not null references firebreak.runs (id),
  notice text not null check (notice in (
    'card', 'reminder-1', 'reminder-2', 'decision', 'taken-over', 'end', 'artifacts'
  )),
  number bigint generated always as identity,
  -- `version` is owed, `shown_version` stands in the channel. An edit is urgent while `urgent_version` is not shown.
  version integer not null default 1,
  urgent_version integer not null default 1,
  shown_version integer not null default 0,
  shown_at timestamptz,
  ts text,
  attempt text not null default 'first' check (attempt in ('first', 'unsure', 'edit')),
  due_at timestamptz not null,
  leased_until timestamptz,
  abandoned_at timestamptz,
  abandoned_reason text,
  primary key (run_id, notice)
);
create index messages_owed on firebreak.messages (due_at)
  where version > shown_version and abandoned_at is null;

-- An edit takes a slot, a slot can be taken once a minute: so no minute ever sees more edits than there are slots.
-- Twenty are kept for what is urgent.
create table firebreak.edit_slots (
  slot integer primary key,
  kind text not null check (kind in ('kept', 'shared')),
  used_at timestamptz not null
);
insert into firebreak.edit_slots (slot, kind, used_at)
  select n, case when n <= 20 then 'kept' else 'shared' end, '-infinity' from generate_series(1, 40) n;
