-- The channel is asked once when the time is up that a run was asked for (`--for`).

alter table firebreak.messages
  drop constraint messages_notice_check,
  add constraint messages_notice_check check (notice in (
    'card', 'reminder-1', 'reminder-2', 'decision', 'taken-over', 'end', 'artifacts', 'time-up',
    'proof-failed', 'proof-missed', 'proof-again'
  ));
