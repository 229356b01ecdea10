import { z } from 'zod';

/** An event as the table and the export hold it. `docs/audit-format.md` explains each field. */
export const auditRowSchema = z.strictObject({
  seq: z.number(),
  at: z.string(),
  type: z.string(),
  case: z.string(),
  run: z.string().nullable(),
  prev: z.string(),
  hash: z.string(),
  body: z.string(),
  texts: z.record(z.string(), z.strictObject({ salt: z.string(), text: z.string() })),
});
export type AuditRow = Readonly<z.infer<typeof auditRowSchema>>;

/** A place in the chain: its head, or what an anchor kept of it. `hash`: 64 hexadecimal digits. */
export const auditPlaceSchema = z.strictObject({ seq: z.number(), hash: z.string() });
export type AuditPlace = Readonly<z.infer<typeof auditPlaceSchema>>;

export const NO_HASH: string = '0'.repeat(64);
