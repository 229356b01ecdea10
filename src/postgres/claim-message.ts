import type pg from 'pg';
import { z } from 'zod';
import { NOTICES } from '../flow/ledger.ts';
import type { OutboxItem } from '../flow/outbox.ts';
import { provenBefore, selectProofs } from './proof-row.ts';
import { selectRuns } from './run-row.ts';

const rowSchema = z.object({
  run_id: z.string(),
  notice: z.enum(NOTICES),
  about: z.string(),
  channel: z.string(),
  ts: z.string().nullable(),
  card_ts: z.string().nullable(),
  attempt: z.enum(['first', 'unsure', 'edit']),
  version: z.int(),
  urgent: z.boolean(),
});
type Row = Readonly<z.infer<typeof rowSchema>>;

/**
 * The next item that may be sent, new messages before edits. A run's card comes before its other notices, and those in
 * the order in which they arose. A card that can never be shown holds nothing back.
 */
const NEXT = `
  select m.run_id, m.notice, m.about, c.channel, m.ts, card.ts as card_ts, m.attempt, m.version, u.urgent
  from firebreak.messages m
  join firebreak.runs r on r.id = m.run_id
  join firebreak.cases c on c.id = r.case_id
  left join firebreak.messages card on card.run_id = m.run_id and card.notice = 'card'
  cross join (select firebreak.now() as now offset 0) t
  cross join lateral (select m.urgent_version > m.shown_version as urgent) u
  where m.version > m.shown_version and m.abandoned_at is null and m.due_at <= t.now
    and (m.leased_until is null or m.leased_until <= t.now)
    and (m.notice = 'card' or card.run_id is null or card.ts is not null or card.abandoned_at is not null)
    and (m.notice = 'card' or not exists (
      select from firebreak.messages e where e.run_id = m.run_id and e.notice <> 'card' and e.number < m.number
        and e.shown_version = 0 and e.abandoned_at is null))
    -- The pace of progress: every 3 s in the run's first minute, every 10 s after it.
    and (m.attempt <> 'edit' or u.urgent or m.shown_at + case
      when t.now < r.started_at + interval '1 minute' then interval '3 seconds' else interval '10 seconds' end <= t.now)
    and (m.attempt <> 'edit' or exists (
      select from firebreak.edit_slots s
      where s.used_at <= t.now - interval '1 minute' and (u.urgent or s.kind = 'shared')))
  order by m.attempt = 'edit', not u.urgent, m.due_at, m.number
  limit 1 for update of m skip locked`;

const TAKE_SLOT = `
  update firebreak.edit_slots set used_at = firebreak.now() where slot = (
    select slot from firebreak.edit_slots
    where used_at <= (select firebreak.now()) - interval '1 minute' and ($1::boolean or kind = 'shared')
    order by kind = 'shared', used_at limit 1 for update skip locked)`;

const LEASE = `
  update firebreak.messages set leased_until = firebreak.now() + make_interval(secs => $3::float8 / 1000),
    attempt = case attempt when 'first' then 'unsure' else attempt end
  where run_id = $1 and notice = $2 and about = $4`;

/** Within the caller's transaction. `no budget`: another took the last edit between the look and the grasp; roll back. */
export async function claimMessage(
  client: pg.ClientBase,
  leaseMs: number,
): Promise<OutboxItem | 'nothing due' | 'no budget'> {
  const { rows } = await client.query<Record<string, unknown>>(NEXT);
  if (rows.length === 0) return 'nothing due';
  const row = rowSchema.parse(rows[0]);
  if (row.attempt === 'edit') {
    const { rowCount } = await client.query(TAKE_SLOT, [row.urgent]);
    if (rowCount === 0) return 'no budget';
  }
  await client.query(LEASE, [row.run_id, row.notice, leaseMs, row.about]);
  const [run] = await selectRuns(client, 'where r.id = $1', [row.run_id]);
  if (run === undefined) throw new Error(`The run ${row.run_id} of a message is not there.`);
  return { ...toItem(row, run), ...(await noticed(client, row)) };
}

async function noticed(
  client: pg.ClientBase,
  { run_id: run, about }: Row,
): Promise<Pick<OutboxItem, 'about'>> {
  const [round] = await selectProofs(client, 'where p.id = $1', [about]);
  if (round === undefined) return {};
  const before = await provenBefore(client, run, about);
  return { about: { round, ...(before === undefined ? {} : { before }) } };
}

function toItem(row: Row, run: OutboxItem['run']): OutboxItem {
  return {
    id: `${row.run_id}/${row.notice}${row.about === '0' ? '' : `/${row.about}`}`,
    run,
    notice: row.notice,
    channel: row.channel,
    ...(row.ts === null ? {} : { ts: row.ts }),
    ...(row.card_ts === null ? {} : { cardTs: row.card_ts }),
    attempt: row.attempt,
    version: row.version,
  };
}
