import type pg from 'pg';
import { z } from 'zod';
import type { DueProofs, ProofLease } from '../flow/ledger.ts';
import { inTransaction } from './in-transaction.ts';

const leaseRow = z.object({ run: z.string(), fence: z.int() });

/** Runs that ended with changes, by a verb that can repeat its proof, are watched from then on. */
const WATCH = `
  insert into firebreak.proof_watches (run_id, cluster)
  select c.run_id, min(c.cluster) from firebreak.changes c join firebreak.runs r on r.id = c.run_id
  where c.verb = any($1) and c.state <> 'not applied' and r.state in ('succeeded', 'incomplete', 'failed', 'cancelled')
    and not exists (select from firebreak.proof_watches w where w.run_id = c.run_id)
  group by c.run_id order by c.run_id on conflict do nothing`;

/** A run that never came to a proof is due at once. */
const CLAIM = `
  update firebreak.proof_watches set fence = fence + 1,
    leased_until = firebreak.now() + make_interval(secs => $4::float8 / 1000)
  where run_id = (
    select w.run_id from firebreak.proof_watches w
    join firebreak.runs r on r.id = w.run_id
    cross join (select firebreak.now() as now offset 0) t
    left join unnest($1::text[], $2::float8[]) as e(cluster, every_ms) on e.cluster = w.cluster
    left join lateral (
      select p.at from firebreak.proofs p where p.run_id = w.run_id order by p.id desc limit 1) p on true
    where w.closed_at is null and (w.leased_until is null or w.leased_until <= t.now)
      and coalesce(p.at + make_interval(secs => coalesce(e.every_ms, $3::float8) / 1000), r.ended_at) <= t.now
    order by coalesce(p.at, r.ended_at), w.run_id limit 1 for update of w skip locked)
  returning run_id as run, fence`;

/** See `Ledger.claimDueProof`. */
export function claimDueProof(
  pool: pg.Pool,
  { verbs, every, otherwiseMs, leaseMs }: DueProofs,
): Promise<ProofLease | undefined> {
  return inTransaction(pool, async (client) => {
    await client.query(WATCH, [verbs]);
    const { rows } = await client.query<Record<string, unknown>>(CLAIM, [
      every.map(({ cluster }) => cluster),
      every.map(({ everyMs }) => everyMs),
      otherwiseMs,
      leaseMs,
    ]);
    return rows.map((row) => leaseRow.parse(row))[0];
  });
}

/** See `Ledger.releaseProof`; a lease that is another's by now stays as it is. */
export async function releaseProof(
  pool: pg.Pool,
  { run, fence }: ProofLease,
  how: { readonly againMs: number } | 'nothing is held',
): Promise<void> {
  const closing = how === 'nothing is held';
  await pool.query(
    `update firebreak.proof_watches set
       leased_until = case when $3 then null else firebreak.now() + make_interval(secs => $4::float8 / 1000) end,
       closed_at = case when $3 then firebreak.now() end
     where run_id = $1 and fence = $2`,
    [run, fence, closing, closing ? 0 : how.againMs],
  );
}
