import type pg from 'pg';
import { z } from 'zod';
import { type AuditPlace, type AuditRow, auditRowSchema } from './audit-row.ts';
import { inTransaction } from './in-transaction.ts';

const ROWS_AT_ONCE = 500;

const startRows = z.tuple([z.object({ seq: z.coerce.number(), hash: z.string(), now: z.string() })]);
const fetchedRows = z.array(auditRowSchema.extend({ seq: z.coerce.number() }));

// Microseconds are shown where there are some: an event has none, so a stamp that was moved by less than 1 ms shows too.
const CURSOR = `
  declare audit no scroll cursor for
  select e.seq,
    regexp_replace(to_char(e.at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'), '000Z$', 'Z') as at,
    e.type, e.case_id as case, e.run_id as run, e.prev, e.hash, e.body,
    coalesce((
      select json_object_agg(t.name, json_build_object('salt', encode(t.salt, 'hex'), 'text', t.text) order by t.name)
      from firebreak.audit_texts t where t.seq = e.seq), '{}') as texts
  from firebreak.audit_events e order by e.seq`;

/**
 * Reads the trail in one snapshot: first its head, then every event in the order of `seq`, a few hundred in memory at a
 * time. `onRow` answers `stop` when it needs no more. The reader may be slow.
 */
export async function readAudit(
  pool: pg.Pool,
  onHead: (head: AuditPlace, now: string) => Promise<void> | void,
  onRow: (row: AuditRow) => Promise<'go on' | 'stop'> | 'go on' | 'stop',
): Promise<void> {
  await inTransaction(pool, async (client) => {
    await client.query('set transaction isolation level repeatable read, read only');
    await client.query('set local idle_in_transaction_session_timeout = 0');
    const start = await client.query(
      `select seq, hash, to_char(firebreak.now() at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as now
       from firebreak.audit_head`,
    );
    const [{ seq, hash, now }] = startRows.parse(start.rows);
    await onHead({ seq, hash }, now);
    await client.query(CURSOR);
    for (;;) {
      const { rows } = await client.query(`fetch ${ROWS_AT_ONCE} from audit`);
      for (const row of fetchedRows.parse(rows)) if ((await onRow(row)) === 'stop') return;
      if (rows.length < ROWS_AT_ONCE) return;
    }
  });
}
