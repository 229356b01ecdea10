import type { Match } from './match.ts';
import type { PolicySubject } from './policy-subject.ts';

export const DIRECTIONS = ['ingress', 'egress'] as const;
export type Direction = (typeof DIRECTIONS)[number];

/** A policy of whichever kind, as far as it decides whether a pod can be isolated beside it. */
export interface PolicyRules {
  readonly name: string;
  /** Empty for one that lies outside every namespace. */
  readonly namespace: string;
  readonly selects: (subject: PolicySubject) => Match;
  /** The directions in which it applies, whether it allows, denies or passes on. */
  readonly appliesTo: readonly Direction[];
  /** The directions in which it lets anything through that a NetworkPolicy does not. */
  readonly allows: readonly Direction[];
  /** The directions in which it hands anything on, past all that stands behind it among its own kind. */
  readonly passes?: readonly Direction[];
  /** Where it stands among its own kind, if that has an order: the lowest number counts first. */
  readonly rank?: { readonly tier: string; readonly order: number };
}
