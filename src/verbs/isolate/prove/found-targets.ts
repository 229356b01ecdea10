import type { ProofTarget } from '../../../core/proof.ts';

/** What a read found to try, and in whole sentences what it did not find. */
export interface FoundTargets {
  readonly targets: readonly Omit<ProofTarget, 'direction'>[];
  readonly lacking: readonly string[];
}
