import type pg from 'pg';
import { z } from 'zod';

const rowSchema = z.object({
  run: z.string(),
  due: z.enum(['reminder-1', 'reminder-2', 'expiry', 'time-up']),
});
export type DueRun = Readonly<z.infer<typeof rowSchema>>;

/** The seconds of `for` in the canonical text of a plan: jsonb refuses U+0000, which any text of it may hold. */
const FOR_SECONDS = String.raw`"arguments":\{(?:"[^"]*":(?:"(?:[^"\\]|\\.)*"|[^",{}]+),)*"for":([0-9]+)`;

/**
 * Planned runs that are due for something: expiry before all; a reminder 2 and 5 minutes after the request, unless it is
 * owed or shown already. Who comes late gets the second reminder alone. And runs that ended, whose changes are watched
 * and whose `--for` (seconds, counted from their end) is over.
 */
export async function selectDue(pool: pg.Pool): Promise<readonly DueRun[]> {
  const { rows } = await pool.query<Record<string, unknown>>(
    `select * from (
      select r.id as run, case
        when r.expires_at <= t.now then 'expiry'
        when r.requested_at + interval '5 minutes' <= t.now then 'reminder-2'
        when r.requested_at + interval '2 minutes' <= t.now then 'reminder-1'
      end as due
      from firebreak.runs r, (select firebreak.now() as now offset 0) t
      where r.state = 'planned'
      union all
      select w.run_id, 'time-up'
      from firebreak.proof_watches w join firebreak.runs r on r.id = w.run_id
      cross join (select firebreak.now() as now offset 0) t
      where w.closed_at is null
        and r.ended_at + make_interval(secs => substring(r.plan_text from $1)::float8) <= t.now
    ) d
    where due is not null
      and not exists (select from firebreak.messages m where m.run_id = d.run and m.notice = d.due)
    order by run`,
    [FOR_SECONDS],
  );
  return rows.map((row) => rowSchema.parse(row));
}
