import type pg from 'pg';
import { exportAudit } from '../../src/postgres/audit-export.ts';
import { auditEvent, type LedgerFixture } from '../ledger-fixture.ts';
import type { Line } from './tamper.ts';

/** Eight events (the case's and the run's among them) with all that may stand in one, and their export. */
export async function filledExport({ ledger, request, pool }: LedgerFixture): Promise<readonly Line[]> {
  const { id } = await request();
  const facts = {
    text: 'ü "q" \\ \b\t\n\f\r \u0001 \u007f \u2028 😀',
    deep: [{ z: 1, A: -5, a: [] }, null],
    big: 2 ** 53 - 1,
  };
  await ledger.write((transaction) =>
    transaction.append({ ...auditEvent('run.queued', id, { note: 'naïve\n"text"', other: '' }), facts }),
  );
  for (let n = 1; n <= 5; n += 1)
    await ledger.write((transaction) =>
      transaction.append({ ...auditEvent('evidence.stored', id), facts: { n, nul: 'a\u0000b\ud800' } }),
    );
  return exported(pool);
}

/** The lines of the export, parsed. */
export async function exported(pool: pg.Pool): Promise<readonly Line[]> {
  const lines: string[] = [];
  await exportAudit(pool, (line) => void lines.push(line));
  return lines.map((line): Line => JSON.parse(line));
}
