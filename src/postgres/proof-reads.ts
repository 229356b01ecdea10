import type pg from 'pg';
import type { LastProof } from '../flow/ledger.ts';
import { selectProofs } from './proof-row.ts';

/** The newest rounds of these runs, and their newest proofs. */
export async function selectLastProofs(
  pool: pg.Pool,
  runs: readonly string[],
): Promise<ReadonlyMap<string, LastProof>> {
  if (runs.length === 0) return new Map();
  const last = (which: string): string =>
    `(select max(l.id) from firebreak.proofs l where l.run_id = r.run${which})`;
  const rounds = await selectProofs(
    pool,
    `join unnest($1::text[]) as r(run) on r.run = p.run_id
     where p.id in (${last('')}, ${last(` and l.outcome = 'proven'`)}) order by p.id`,
    [runs],
  );
  const found = new Map<string, LastProof>();
  for (const newest of rounds) {
    const proven =
      newest.result.kind === 'proven'
        ? { proof: newest.result.proof, at: newest.at }
        : found.get(newest.run)?.proven;
    found.set(newest.run, { newest, ...(proven === undefined ? {} : { proven }) });
  }
  return found;
}
