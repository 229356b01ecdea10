import type { MadeKind } from '../../../core/made-kind.ts';

export const DENY_KINDS = [
  'networkpolicy',
  'adminnetworkpolicy',
  'clusternetworkpolicy',
  'ciliumnetworkpolicy',
  'caliconetworkpolicy',
] as const satisfies readonly MadeKind[];
export type DenyKind = (typeof DENY_KINDS)[number];

/** What a policy that denies everything is about: whatever carries the label in the namespace. */
export interface DenySubject {
  readonly namespace: string;
  readonly label: string;
  /** The label's value, and part of the policy's name. */
  readonly run: string;
}

/** A whole manifest but for the marks. */
export interface DenyPolicy {
  readonly kind: DenyKind;
  /** Empty for a kind that lies outside every namespace. */
  readonly namespace: string;
  readonly name: string;
  readonly body: Readonly<Record<string, unknown>>;
}

export const denyName = ({ run }: Pick<DenySubject, 'run'>): string => `firebreak-${run.toLowerCase()}`;

export const byLabel = ({ label, run }: Pick<DenySubject, 'label' | 'run'>) => ({
  matchLabels: { [label]: run },
});
