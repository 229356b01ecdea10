import type pg from 'pg';
import { z } from 'zod';
import type { Change, ChangeState } from '../core/change.ts';
import type { NewChange } from '../flow/ledger.ts';
import { selectChanges } from './change-row.ts';
import { jsonText } from './json-text.ts';

/** Locked, so that nobody takes the run over before this is committed. */
const HELD = `where id = $1 and state = 'running' and fence = $2 for update`;

const idRow = z.object({ id: z.string() });
const planRow = z.object({ plan_text: jsonText(z.object({ verb: z.string() })) });

/** Writes a change down as intended. `lost` unless its run is running under the change's fencing number. */
export async function intendChange(client: pg.ClientBase, change: NewChange): Promise<Change | 'lost'> {
  const { run, fence, cluster, object, fields, resourceVersion, step = '', madeUid } = change;
  const held = await client.query<Record<string, unknown>>(`select plan_text from firebreak.runs ${HELD}`, [
    run,
    fence,
  ]);
  if (held.rows.length === 0) return 'lost';
  const { verb } = planRow.parse(held.rows[0]).plan_text;
  const { rows } = await client.query<Record<string, unknown>>(
    `insert into firebreak.changes (run_id, fence, verb, cluster, uid, object, fields, resource_version, step, made_uid)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) returning id`,
    [
      ...[run, fence, verb, cluster, object.uid],
      ...[JSON.stringify(object), JSON.stringify(fields), resourceVersion, step, madeUid ?? null],
    ],
  );
  const { id } = idRow.parse(rows[0]);
  const [intended] = await selectChanges(client, 'where c.id = $1', [id]);
  if (intended === undefined) throw new Error(`The change ${id} was inserted and is not there.`);
  return intended;
}

/** `lost` unless the change is intended and its run is running under this fencing number, which a successor's may be. */
export async function settleChange(
  client: pg.ClientBase,
  change: Pick<Change, 'id' | 'run'>,
  {
    to,
    fence,
    madeUid,
  }: {
    readonly to: Exclude<ChangeState, 'intended'>;
    readonly fence: number;
    readonly madeUid?: string;
  },
): Promise<'done' | 'lost'> {
  const held = await client.query(`select from firebreak.runs ${HELD}`, [change.run, fence]);
  if (held.rowCount === 0) return 'lost';
  const { rowCount } = await client.query(
    `update firebreak.changes set state = $3, settled_fence = $4, made_uid = coalesce($5, made_uid) where id = $1 and run_id = $2 and state = 'intended'`,
    [change.id, change.run, to, fence, madeUid ?? null],
  );
  return rowCount === 1 ? 'done' : 'lost';
}
