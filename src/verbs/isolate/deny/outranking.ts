import type { EngineFamily } from '../../../core/policy-engine.ts';
import type { PolicyKind } from '../look/policy-kinds.ts';
import type { SelectingPolicy } from '../look/selecting-policies.ts';
import { ADMIN_PRIORITY } from './admin-policy-deny.ts';
import { CALICO_TIER } from './calico-policy-deny.ts';
import type { DenyKind } from './deny-policy.ts';

export type OutrankingKind = Exclude<DenyKind, 'networkpolicy'>;

interface Outranking {
  readonly kind: OutrankingKind;
  /** The kind of policy that has to be installed. */
  readonly needs: PolicyKind;
  /** Engines that carry it out, as far as is known. */
  readonly families: readonly EngineFamily[];
  /** Whether nothing of this policy gets through beside such a deny. */
  readonly outranks: (opening: SelectingPolicy) => boolean;
  /** Whether this policy may hand traffic on before such a deny is asked. */
  readonly isPassedOverBy: (beside: SelectingPolicy) => boolean;
}

const CILIUM: readonly PolicyKind[] = ['CiliumNetworkPolicy', 'CiliumClusterwideNetworkPolicy'];
const CALICO: readonly PolicyKind[] = ['Calico NetworkPolicy', 'Calico GlobalNetworkPolicy'];

/** Which of two policies with the same number counts is left open by the API. */
const isLater = ({ rank }: SelectingPolicy): boolean => (rank?.order ?? ADMIN_PRIORITY) > ADMIN_PRIORITY;

const asAdmin = (kind: PolicyKind): Pick<Outranking, 'outranks' | 'isPassedOverBy'> => ({
  outranks: (opening) =>
    opening.kind === 'NetworkPolicy' ||
    (opening.kind === kind && isLater(opening)) ||
    (CALICO.includes(opening.kind) && opening.rank?.tier === CALICO_TIER),
  isPassedOverBy: (beside) => beside.kind === kind && !isLater(beside) && (beside.passes ?? []).length > 0,
});

/** Cilium hands nothing on; Calico does to the next tier alone, and the deny stands first in its own. */
const NEVER = (): boolean => false;

/** In the order in which they are tried; an engine's own deny is tried first. */
export const OUTRANKING: readonly Outranking[] = [
  {
    kind: 'ciliumnetworkpolicy',
    needs: 'CiliumNetworkPolicy',
    families: ['cilium'],
    outranks: ({ kind }) => kind === 'NetworkPolicy' || CILIUM.includes(kind),
    isPassedOverBy: NEVER,
  },
  {
    kind: 'caliconetworkpolicy',
    needs: 'Calico NetworkPolicy',
    families: ['calico'],
    outranks: ({ kind, rank }) =>
      kind === 'NetworkPolicy' || (CALICO.includes(kind) && rank?.tier === CALICO_TIER),
    isPassedOverBy: NEVER,
  },
  {
    kind: 'clusternetworkpolicy',
    needs: 'ClusterNetworkPolicy',
    families: ['cilium', 'calico', 'other'],
    ...asAdmin('ClusterNetworkPolicy'),
  },
  {
    kind: 'adminnetworkpolicy',
    needs: 'AdminNetworkPolicy',
    families: ['calico', 'other'],
    ...asAdmin('AdminNetworkPolicy'),
  },
];
