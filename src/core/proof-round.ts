import { z } from 'zod';
import { objectRefSchema } from './change.ts';
import { type Proof, VERDICTS, type Verdict } from './proof.ts';

/** Who last wrote something, as the object's `metadata.managedFields` say it. */
export const writerSchema = z.strictObject({
  /** The client's own name for itself: `kubectl-edit`. It proves nothing. */
  manager: z.string(),
  /** UTC, RFC 3339. */
  at: z.string(),
  /** `this field`: it holds the field. `the object`: nobody holds the field now, and this is who last wrote anything. */
  wrote: z.enum(['this field', 'the object']),
});
export type Writer = Readonly<z.infer<typeof writerSchema>>;

/** Something that a run changed or made, and that no longer stands as it left it. */
export const driftedSchema = z.strictObject({
  object: objectRefSchema,
  /** In words: `label quarantine`, `the object`. */
  field: z.string(),
  /** `gone`: there is no such object any more, or another one of its name. */
  now: z.enum(['gone', 'changed']),
  /** In words; left out where it is a whole structure. */
  is: z.exactOptional(z.string()),
  was: z.exactOptional(z.string()),
  by: z.exactOptional(writerSchema),
});
export type Drifted = Readonly<z.infer<typeof driftedSchema>>;

/** What others did next to it since the proof before, which may be why it no longer holds. */
export const nearbySchema = z.strictObject({
  object: objectRefSchema,
  now: z.enum(['new', 'changed']),
  by: writerSchema,
});
export type Nearby = Readonly<z.infer<typeof nearbySchema>>;

/** What came of repeating a proof. */
export type RoundResult =
  | { readonly kind: 'proven'; readonly proof: Proof }
  /** It could not be made: a stable code, and a sentence that says what to do. */
  | { readonly kind: 'not proven'; readonly code: string; readonly why: string }
  /** What it was about is gone. */
  | { readonly kind: 'nothing to prove' };

/** What the channel has to be told: a new message, a new message, a quiet one in the thread. */
export const PROOF_NEWS = ['failed', 'not proven', 'proven again'] as const;
export type ProofNews = (typeof PROOF_NEWS)[number];

/** What the channel knows of a run's isolation by now. */
export const proofStandingSchema = z.strictObject({
  state: z.enum(['good', 'failing']),
  /** The verdict that was good; null before there was one. A failure ends when it is reached again. */
  good: z.enum(VERDICTS).nullable(),
  /** The verdict that the channel was told last. */
  told: z.enum(VERDICTS).nullable(),
  /** What it was told to be gone or changed. */
  drifted: z.array(z.string()).readonly(),
  /** Rounds in a row without a proof. */
  missed: z.int().nonnegative(),
  missedTold: z.enum(['yes', 'no']),
});
export type ProofStanding = Readonly<z.infer<typeof proofStandingSchema>>;

/** One round may fail for a moment's reasons. */
const MISSED_ROUNDS_TOLD = 2;

const isWorse = (one: Verdict, than: Verdict): boolean => VERDICTS.indexOf(one) > VERDICTS.indexOf(than);

const driftKey = ({ object, field, now }: Drifted): string => `${object.uid} ${field} ${now}`;

/** After the run's own proof, whose verdict its end tells. */
export const standingAtFirst = ({ verdict }: Proof): ProofStanding => ({
  ...{ state: 'good', good: verdict, told: verdict, drifted: [], missed: 0, missedTold: 'no' },
});

/** Of a run that never came to a proof. */
const NEVER_PROVEN: ProofStanding = {
  ...{ state: 'good', good: null, told: null, drifted: [], missed: 0, missedTold: 'no' },
};

/**
 * What follows from one more round: what the channel knows after it, and what it has to be told for that. The first
 * failure is told, an equal one is not told again; a worse one is. Pure.
 */
export const afterRound = (
  before: ProofStanding = NEVER_PROVEN,
  result: RoundResult,
  drifted: readonly Drifted[],
): { readonly standing: ProofStanding; readonly news?: ProofNews } => {
  const keys = drifted.map(driftKey);
  const fresh = keys.filter((key) => !before.drifted.includes(key));
  const known = [...before.drifted, ...fresh];
  if (result.kind !== 'proven') return withoutProof(before, result, fresh, known);
  const { verdict } = result.proof;
  const made = { missed: 0, missedTold: 'no' } as const;
  if (fresh.length > 0 || isWorse(verdict, before.told ?? 'CONTAINED'))
    return {
      standing: {
        ...{ ...before, ...made, state: 'failing', drifted: known },
        told: before.told !== null && isWorse(before.told, verdict) ? before.told : verdict,
      },
      news: 'failed',
    };
  if (drifted.length > 0 || isWorse(verdict, before.good ?? 'CONTAINED')) {
    const standing = { ...before, ...made };
    return before.missedTold === 'yes' ? { standing, news: 'proven again' } : { standing };
  }
  const standing: ProofStanding = { ...made, state: 'good', good: verdict, told: verdict, drifted: [] };
  const isNews = before.state === 'failing' || before.missedTold === 'yes' || before.told !== verdict;
  return isNews ? { standing, news: 'proven again' } : { standing };
};

const withoutProof = (
  before: ProofStanding,
  { kind }: RoundResult,
  fresh: readonly string[],
  known: readonly string[],
): { readonly standing: ProofStanding; readonly news?: ProofNews } => {
  const missed = kind === 'not proven' ? before.missed + 1 : before.missed;
  const standing: ProofStanding = { ...before, missed, drifted: known };
  if (fresh.length > 0) return { standing: { ...standing, state: 'failing' }, news: 'failed' };
  if (missed < MISSED_ROUNDS_TOLD || before.missedTold === 'yes') return { standing };
  return { standing: { ...standing, missedTold: 'yes' }, news: 'not proven' };
};
