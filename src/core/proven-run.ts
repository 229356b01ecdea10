import type { Verdict } from './proof.ts';
import type { ProofStanding } from './proof-round.ts';

/** How a run's isolation stands by its proofs. */
export interface ProvenRun {
  /** Of the newest round that came to a proof, and when that was. */
  readonly verdict?: Verdict;
  readonly at?: Date;
  /**
   * `changed`: something that it changed does not stand any more. `not proven`: rounds were missed since, or what it was
   * about is gone.
   */
  readonly state: ProofStanding['state'] | 'changed' | 'not proven';
}
