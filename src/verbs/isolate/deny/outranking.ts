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
}

const CILIUM: readonly PolicyKind[] = ['CiliumNetworkPolicy', 'CiliumClusterwideNetworkPolicy'];
const CALICO: readonly PolicyKind[] = ['Calico NetworkPolicy', 'Calico GlobalNetworkPolicy'];

/** Kubernetes leaves open which of two policies with the same number counts. */
const outranksAsAdmin =
  (kind: PolicyKind) =>
  (opening: SelectingPolicy): boolean =>
    opening.kind === 'NetworkPolicy' ||
    (opening.kind === kind && (opening.rank?.order ?? ADMIN_PRIORITY) > ADMIN_PRIORITY) ||
    (CALICO.includes(opening.kind) && opening.rank?.tier === CALICO_TIER);

/** In the order in which they are tried; an engine's own deny is tried first. */
export const OUTRANKING: readonly Outranking[] = [
  {
    kind: 'ciliumnetworkpolicy',
    needs: 'CiliumNetworkPolicy',
    families: ['cilium'],
    outranks: ({ kind }) => kind === 'NetworkPolicy' || CILIUM.includes(kind),
  },
  {
    kind: 'caliconetworkpolicy',
    needs: 'Calico NetworkPolicy',
    families: ['calico'],
    outranks: ({ kind, rank }) =>
      kind === 'NetworkPolicy' || (CALICO.includes(kind) && rank?.tier === CALICO_TIER),
  },
  {
    kind: 'clusternetworkpolicy',
    needs: 'ClusterNetworkPolicy',
    families: ['cilium', 'calico', 'other'],
    outranks: outranksAsAdmin('ClusterNetworkPolicy'),
  },
  {
    kind: 'adminnetworkpolicy',
    needs: 'AdminNetworkPolicy',
    families: ['calico', 'other'],
    outranks: outranksAsAdmin('AdminNetworkPolicy'),
  },
];
