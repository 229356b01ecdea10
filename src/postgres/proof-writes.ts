import type pg from 'pg';
import { z } from 'zod';
import type { AddedProof, NewRound, ProofGuard } from '../flow/ledger.ts';
import { storable } from './storable.ts';

const idRow = z.object({ id: z.string() });

/** Locked, so that nobody takes over before this is committed. */
async function standing(client: pg.ClientBase, run: string, guard: ProofGuard): Promise<'held' | 'lost'> {
  const { rowCount } = await client.query(
    guard.kind === 'run'
      ? `select from firebreak.runs where id = $1 and state = 'running' and fence = $2 for update`
      : `select from firebreak.proof_watches where run_id = $1 and fence = $2 and closed_at is null for update`,
    [run, guard.fence],
  );
  return rowCount === 0 ? 'lost' : 'held';
}

/** Whether anything was done, or is being done, to what the run changed after the change with this number. */
async function changedSince(client: pg.ClientBase, run: string, asOf: string): Promise<boolean> {
  const { rowCount } = await client.query(
    `select from firebreak.changes its join firebreak.changes c on c.cluster = its.cluster and c.uid = its.uid
     where its.run_id = $1 and c.id > $2 and c.state <> 'not applied' limit 1`,
    [run, asOf],
  );
  return rowCount !== 0;
}

/** Writes a proof down, and resolves with its number. */
export async function insertProof(
  client: pg.ClientBase,
  run: string,
  { result, text, drifted, around, standing: known, news }: NewRound,
  guard: ProofGuard,
): Promise<AddedProof | 'lost' | 'overtaken'> {
  if ((await standing(client, run, guard)) === 'lost') return 'lost';
  if (guard.kind === 'round' && (await changedSince(client, run, guard.asOf))) return 'overtaken';
  const unproven = result.kind === 'not proven' ? result : undefined;
  const { rows } = await client.query<Record<string, unknown>>(
    `insert into firebreak.proofs (run_id, outcome, proof, digest, verdict, code, why, drifted, around, standing, news)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) returning id`,
    [
      ...[run, result.kind, text?.canonical ?? null, text?.digest ?? null],
      result.kind === 'proven' ? result.proof.verdict : null,
      ...[unproven?.code ?? null, unproven === undefined ? null : storable(unproven.why)],
      ...[drifted, around, known].map((each) => JSON.stringify(each)),
      news ?? null,
    ],
  );
  return idRow.parse(rows[0]);
}
