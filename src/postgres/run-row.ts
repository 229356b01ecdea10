import type pg from 'pg';
import { z } from 'zod';
import { CHANGE_STATES, fieldChangeSchema, objectRefSchema } from '../core/change.ts';
import { planSchema } from '../core/plan.ts';
import { VERDICTS } from '../core/proof.ts';
import { proofStandingSchema } from '../core/proof-round.ts';
import type { ProvenRun } from '../core/proven-run.ts';
import { RUN_STATES } from '../core/run-state.ts';
import type { Run } from '../flow/ledger.ts';
import { jsonText } from './json-text.ts';

// What the flow handed in may carry more than its interface names; that is left out.
const progressSchema = z.object({ phase: z.string(), bytes: z.number() });

const resultSchema = z.object({
  summary: z.string(),
  findings: z.array(z.object({ title: z.string(), lines: z.array(z.string()) })),
  verdict: z.exactOptional(z.enum(VERDICTS)),
  evidence: z.exactOptional(
    z.object({
      reference: z.string(),
      endpoint: z.exactOptional(z.object({ url: z.string(), region: z.string() })),
      manifestSha256: z.string(),
      manifestVersion: z.exactOptional(z.string()),
      seals: z.exactOptional(z.array(z.object({ name: z.string(), version: z.exactOptional(z.string()) }))),
      completeness: z.enum(['complete', 'INCOMPLETE']),
      artifacts: z.array(
        z.object({
          name: z.string(),
          bytes: z.number(),
          sha256: z.string(),
          version: z.exactOptional(z.string()),
          completeness: z.string(),
          notes: z.array(z.string()),
        }),
      ),
    }),
  ),
  changes: z.exactOptional(
    z.array(
      z.object({
        object: objectRefSchema.strip(),
        fields: z.array(fieldChangeSchema.strip()),
        outcome: z.enum(CHANGE_STATES).exclude(['intended']),
        command: z.string(),
      }),
    ),
  ),
  outOfReach: z.exactOptional(z.array(z.string())),
  failure: z.exactOptional(z.string()),
});

const person = z.object({ team: z.string(), user: z.string() });

const rowSchema = z.object({
  id: z.string(),
  case_id: z.string(),
  state: z.enum(RUN_STATES),
  plan_text: z.string(),
  plan_digest: z.string(),
  requester_team: z.string(),
  requester_user: z.string(),
  reason: z.string(),
  command: z.string(),
  requested_at: z.date(),
  expires_at: z.date(),
  started_at: z.date().nullable(),
  ended_at: z.date().nullable(),
  fence: z.int(),
  cancel_team: z.string().nullable(),
  cancel_user: z.string().nullable(),
  progress: jsonText(progressSchema).nullable(),
  result: jsonText(resultSchema).nullable(),
  undone_by: z.string().nullable(),
  proof_standing: jsonText(proofStandingSchema).nullable(),
  proof_outcome: z.string().nullable(),
  proven: z.object({ verdict: z.enum(VERDICTS), at: z.coerce.date() }).nullable(),
  decisions: z.array(z.object({ person, verdict: z.enum(['approve', 'deny']), at: z.coerce.date() })),
});

const SELECT_RUN = `
  select r.*, coalesce((
    select json_agg(json_build_object(
        'person', json_build_object('team', d.team, 'user', d.user_id), 'verdict', d.verdict, 'at', d.at
      ) order by d.at)
    from firebreak.decisions d where d.run_id = r.id), '[]') as decisions,
    (select p.standing from firebreak.proofs p where p.run_id = r.id order by p.id desc limit 1) as proof_standing,
    (select p.outcome from firebreak.proofs p where p.run_id = r.id order by p.id desc limit 1) as proof_outcome,
    (select json_build_object('verdict', p.verdict, 'at', p.at) from firebreak.proofs p
      where p.run_id = r.id and p.outcome = 'proven' order by p.id desc limit 1) as proven
  from firebreak.runs r`;

/** Runs that fit `where`, parsed. `where` is SQL written in this folder, its values are parameters. */
export async function selectRuns(
  db: pg.Pool | pg.ClientBase,
  where: string,
  values: readonly unknown[],
): Promise<readonly Run[]> {
  const { rows } = await db.query<Record<string, unknown>>(`${SELECT_RUN} ${where}`, [...values]);
  return rows.map(parseRun);
}

function parseRun(raw: unknown): Run {
  const row = rowSchema.parse(raw);
  return {
    id: row.id,
    case: row.case_id,
    state: row.state,
    plan: planSchema.parse(JSON.parse(row.plan_text)),
    planText: row.plan_text,
    planDigest: row.plan_digest,
    requester: { team: row.requester_team, user: row.requester_user },
    reason: row.reason,
    command: row.command,
    decisions: row.decisions,
    requestedAt: row.requested_at,
    expiresAt: row.expires_at,
    ...(row.started_at === null ? {} : { startedAt: row.started_at }),
    ...(row.ended_at === null ? {} : { endedAt: row.ended_at }),
    fence: row.fence,
    ...(row.cancel_team === null || row.cancel_user === null
      ? {}
      : { cancelRequestedBy: { team: row.cancel_team, user: row.cancel_user } }),
    ...(row.progress === null ? {} : { progress: row.progress }),
    ...(row.result === null ? {} : { result: row.result }),
    ...(row.undone_by === null ? {} : { undoneBy: row.undone_by }),
    ...(row.proof_standing === null ? {} : { proven: provenRun(row.proof_standing, row) }),
  };
}

function provenRun(
  { state, missedTold, drifted }: z.infer<typeof proofStandingSchema>,
  { proven, proof_outcome: outcome }: z.infer<typeof rowSchema>,
): ProvenRun {
  if (missedTold === 'yes' || outcome === 'nothing to prove') return { ...proven, state: 'not proven' };
  return { ...proven, state: drifted.length > 0 ? 'changed' : state };
}
