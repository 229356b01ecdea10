import type pg from 'pg';
import { z } from 'zod';
import { FirebreakError } from '../core/firebreak-error.ts';
import { AuditCheck, type BrokenRow } from './audit-check.ts';
import { AUDIT_EXPORT_FORMAT } from './audit-export.ts';
import { type AuditPlace, auditPlaceSchema, auditRowSchema } from './audit-row.ts';
import { readAudit } from './read-audit.ts';

export type AuditVerdict =
  | {
      readonly verdict: 'intact';
      readonly events: number;
      readonly erasedTexts: number;
      readonly head: AuditPlace;
    }
  | ({ readonly verdict: 'broken' } & BrokenRow);

/** Recomputes the whole trail in the database and names the first row that is broken, and how. Memory stays flat. */
export async function verifyAudit(pool: pg.Pool, anchors: readonly AuditPlace[]): Promise<AuditVerdict> {
  const check = new AuditCheck(anchors);
  let head: AuditPlace | undefined;
  let broken: BrokenRow | undefined;
  await readAudit(
    pool,
    (found) => {
      head = found;
    },
    (row) => {
      broken = check.next(row);
      return broken === undefined ? 'go on' : 'stop';
    },
  );
  return verdict(check, broken, head);
}

const headerSchema = z.object({ format: z.literal(AUDIT_EXPORT_FORMAT), head: auditPlaceSchema });

/** The same for the lines of an export. Throws `command-invalid` when they are no export. */
export async function verifyAuditExport(
  lines: AsyncIterable<string>,
  anchors: readonly AuditPlace[],
): Promise<AuditVerdict> {
  const check = new AuditCheck(anchors);
  let head: AuditPlace | undefined;
  for await (const line of lines) {
    if (head === undefined) {
      head = parseLine(line, headerSchema).head;
      continue;
    }
    const broken = check.next(parseLine(line, auditRowSchema));
    if (broken !== undefined) return { verdict: 'broken', ...broken };
  }
  return verdict(check, undefined, head);
}

function verdict(
  check: AuditCheck,
  broken: BrokenRow | undefined,
  head: AuditPlace | undefined,
): AuditVerdict {
  if (head === undefined) throw notAnExport('It is empty.');
  const found = broken ?? check.end(head);
  if (found !== undefined) return { verdict: 'broken', ...found };
  return { verdict: 'intact', events: check.last.seq, erasedTexts: check.erasedTexts, head };
}

function parseLine<Schema extends z.ZodType>(line: string, schema: Schema): z.output<Schema> {
  try {
    return schema.parse(JSON.parse(line));
  } catch (error) {
    throw notAnExport('A line of it is not in the format.', error);
  }
}

function notAnExport(message: string, cause?: unknown): FirebreakError {
  return new FirebreakError({
    code: 'command-invalid',
    message: `This is not an export of the audit trail. ${message}`,
    next: 'Make one with firebreak audit export; docs/audit-format.md describes it.',
    cause,
  });
}
