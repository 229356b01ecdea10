import type pg from 'pg';
import { z } from 'zod';
import { type Proof, proofSchema } from '../core/proof.ts';
import {
  driftedSchema,
  nearbySchema,
  PROOF_NEWS,
  proofStandingSchema,
  type RoundResult,
} from '../core/proof-round.ts';
import type { ProofRound } from '../flow/ledger.ts';
import { jsonText } from './json-text.ts';

const rowSchema = z.object({
  id: z.string(),
  run_id: z.string(),
  at: z.date(),
  outcome: z.enum(['proven', 'not proven', 'nothing to prove']),
  proof: jsonText(proofSchema).nullable(),
  code: z.string().nullable(),
  why: z.string().nullable(),
  drifted: jsonText(z.array(driftedSchema)),
  around: jsonText(z.array(nearbySchema)),
  standing: jsonText(proofStandingSchema),
  news: z.enum(PROOF_NEWS).nullable(),
});
type Row = z.infer<typeof rowSchema>;

/** Proofs that fit `where`, parsed. `where` is SQL written in this folder, its values are parameters. */
export async function selectProofs(
  db: pg.Pool | pg.ClientBase,
  where: string,
  values: readonly unknown[],
): Promise<readonly ProofRound[]> {
  const { rows } = await db.query<Record<string, unknown>>(`select p.* from firebreak.proofs p ${where}`, [
    ...values,
  ]);
  return rows.map((raw) => {
    const row = rowSchema.parse(raw);
    return {
      ...{
        id: row.id,
        run: row.run_id,
        at: row.at,
        drifted: row.drifted,
        around: row.around,
        standing: row.standing,
      },
      result: resultOf(row),
      ...(row.news === null ? {} : { news: row.news }),
    };
  });
}

function resultOf({ outcome, proof, code, why }: Row): RoundResult {
  if (proof !== null) return { kind: 'proven', proof };
  return outcome === 'not proven'
    ? { kind: outcome, code: code ?? '', why: why ?? '' }
    : { kind: 'nothing to prove' };
}

/** The newest proof of a run that was written before another one. */
export async function provenBefore(
  db: pg.Pool | pg.ClientBase,
  run: string,
  id: string,
): Promise<{ readonly proof: Proof; readonly at: Date } | undefined> {
  const [round] = await selectProofs(
    db,
    `where p.run_id = $1 and p.id < $2 and p.outcome = 'proven' order by p.id desc limit 1`,
    [run, id],
  );
  return round?.result.kind === 'proven' ? { proof: round.result.proof, at: round.at } : undefined;
}
