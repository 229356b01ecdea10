import type { Artifact } from '../../core/evidence.ts';
import { FirebreakError } from '../../core/firebreak-error.ts';

/** What is not whole, why, and what the person does next: whole sentences. */
export interface Shortfall {
  readonly name: string;
  readonly why: string;
  readonly next: string;
  /** No method of this version can read it: it is not a matter of asking again. */
  readonly reach?: 'out of reach';
}

const KEPT = 'What arrived is kept. Ask again for another capture; `--max-size` and `--deadline` allow more.';

/** Failures that are the store's or the run's, not the source's: nothing that comes after them can be right. */
const OURS: ReadonlySet<string> = new Set(['evidence-store', 'superseded', 'target-replaced', 'unexpected']);

/** The failure, if it is the source's. Throws it on if it is not. */
export const failureOfSource = (thrown: unknown): FirebreakError => {
  if (!(thrown instanceof FirebreakError) || OURS.has(thrown.code)) throw thrown;
  return thrown;
};

/** What the source refused or lost. Throws on what is no failure of the source. */
export const shortfallOf = (name: string, thrown: unknown): Shortfall => {
  const { code, message, next } = failureOfSource(thrown);
  return { name, why: message, next, ...(code === 'no-shell' ? { reach: 'out of reach' as const } : {}) };
};

/** None for an artifact that is whole. */
export const shortfallsOf = ({ name, completeness, notes }: Artifact): readonly Shortfall[] =>
  completeness === 'INCOMPLETE' ? [{ name, why: notes[0] ?? 'It is not whole.', next: KEPT }] : [];
