import { type DenyPolicy, type DenySubject, denyName } from './deny-policy.ts';

/** Kubernetes' own policies stand in the same tier, with the order 1000. */
export const CALICO_TIER = 'default';
const FIRST_ORDER = 0;

/** Before whichever of its tier select the pod: the lowest order counts first. */
export const orderBefore = (orders: readonly number[]): number =>
  Math.min(FIRST_ORDER, ...orders.map((order) => order - 1));

/**
 * The name of a policy in its store begins with its tier; without it Calico's own client can't list policies any more.
 * Traffic from the node to its own pods is let in by Calico before any policy.
 * Sources: Calico, Reference, NetworkPolicy; libcalico-go, lib/names, BackendTieredPolicyName.
 */
export const calicoNetworkPolicyDeny = (subject: DenySubject, order: number): DenyPolicy => {
  const { namespace, label, run } = subject;
  const name = `${CALICO_TIER}.${denyName(subject)}`;
  return {
    ...{ kind: 'caliconetworkpolicy', namespace, name },
    body: {
      ...{ apiVersion: 'crd.projectcalico.org/v1', kind: 'NetworkPolicy' },
      metadata: { name, namespace },
      spec: {
        ...{ tier: CALICO_TIER, order, selector: `${label} == '${run}'` },
        types: ['Ingress', 'Egress'],
        ingress: [{ action: 'Deny' }],
        egress: [{ action: 'Deny' }],
      },
    },
  };
};
