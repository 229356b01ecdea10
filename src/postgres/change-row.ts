import type pg from 'pg';
import { z } from 'zod';
import { CHANGE_STATES, type Change, fieldChangeSchema, objectRefSchema } from '../core/change.ts';
import { jsonText } from './json-text.ts';

const rowSchema = z.object({
  id: z.string(),
  run_id: z.string(),
  case_id: z.string(),
  verb: z.string(),
  cluster: z.string(),
  // What the flow handed in may carry more than its interface names; that is left out.
  object: jsonText(objectRefSchema.strip()),
  fields: jsonText(z.array(fieldChangeSchema.strip())),
  resource_version: z.string(),
  fence: z.int(),
  state: z.enum(CHANGE_STATES),
  intended_at: z.date(),
  step: z.string(),
  made_uid: z.string().nullable(),
});

const SELECT_CHANGE = `
  select c.id, c.run_id, r.case_id, c.verb, c.cluster, c.object, c.fields, c.resource_version, c.fence, c.state, c.intended_at,
    c.step, c.made_uid
  from firebreak.changes c join firebreak.runs r on r.id = c.run_id`;

/** Changes that fit `where`, oldest first, parsed. `where` is SQL written in this folder, its values are parameters. */
export async function selectChanges(
  db: pg.Pool | pg.ClientBase,
  where: string,
  values: readonly unknown[],
): Promise<readonly Change[]> {
  const { rows } = await db.query<Record<string, unknown>>(`${SELECT_CHANGE} ${where} order by c.id`, [
    ...values,
  ]);
  return rows.map(parseChange);
}

function parseChange(raw: unknown): Change {
  const row = rowSchema.parse(raw);
  return {
    id: row.id,
    run: row.run_id,
    case: row.case_id,
    verb: row.verb,
    cluster: row.cluster,
    object: row.object,
    fields: row.fields,
    resourceVersion: row.resource_version,
    fence: row.fence,
    state: row.state,
    intendedAt: row.intended_at,
    ...(row.step === '' ? {} : { step: row.step }),
    ...(row.made_uid === null ? {} : { madeUid: row.made_uid }),
  };
}
