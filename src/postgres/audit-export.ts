import type pg from 'pg';
import { readAudit } from './read-audit.ts';

export const AUDIT_EXPORT_FORMAT = 'firebreak.audit-export/1';

/**
 * Hands the trail to `write` line by line, as `docs/audit-format.md` says, each line with its `\n`. The next row is read
 * when `write` has resolved, so a slow reader costs no memory. Returns the number of events.
 */
export async function exportAudit(
  pool: pg.Pool,
  write: (line: string) => Promise<void> | void,
): Promise<number> {
  let events = 0;
  await readAudit(
    pool,
    (head, exportedAt) => write(`${JSON.stringify({ format: AUDIT_EXPORT_FORMAT, exportedAt, head })}\n`),
    async (row): Promise<'go on'> => {
      await write(`${JSON.stringify(row)}\n`);
      events += 1;
      return 'go on';
    },
  );
  return events;
}
