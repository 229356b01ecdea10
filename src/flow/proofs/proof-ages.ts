import type { LastProof, Ledger } from '../ledger.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const LONG_AGO_MINUTES = 120;

/** `just now`, `3 min ago`, `5 h ago`. */
const ageText = (ms: number): string => {
  const minutes = Math.floor(Math.max(0, ms) / MINUTE_MS);
  if (minutes === 0) return 'just now';
  return minutes < LONG_AGO_MINUTES ? `${minutes} min ago` : `${Math.floor(ms / HOUR_MS)} h ago`;
};

const proofLine = (run: string, { newest, proven }: LastProof, now: Date): string => {
  const age = (at: Date): string => ageText(now.getTime() - at.getTime());
  if (newest.result.kind === 'proven')
    return `${run}: proven ${newest.result.proof.verdict} ${age(newest.at)}${driftText(newest)}`;
  const since =
    proven === undefined ? 'never proven' : `last proven ${proven.proof.verdict} ${age(proven.at)}`;
  const why =
    newest.result.kind === 'not proven'
      ? `NOT PROVEN since: ${newest.result.why}`
      : 'NOT PROVEN since: what it was about is gone';
  return `${run}: ${since}; ${why}${driftText(newest)}`;
};

const driftText = ({ drifted }: LastProof['newest']): string =>
  drifted.length === 0
    ? ''
    : `; ${drifted.length === 1 ? 'one thing' : `${drifted.length} things`} that it changed ${drifted.length === 1 ? 'does' : 'do'} not stand any more`;

/** How the proofs of these runs stand, a line for each that has one: `FB-2026-0007-3: proven CONTAINED 3 min ago`. */
export const proofAges = async (
  { ledger }: { readonly ledger: Pick<Ledger, 'lastProofs' | 'now'> },
  runs: Iterable<string>,
): Promise<readonly string[]> => {
  const ids = [...new Set(runs)];
  const [last, now] = await Promise.all([ledger.lastProofs(ids), ledger.now()]);
  return ids.flatMap((run) => {
    const proof = last.get(run);
    return proof === undefined ? [] : [proofLine(run, proof, now)];
  });
};
