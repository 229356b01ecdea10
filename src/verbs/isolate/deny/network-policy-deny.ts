import { byLabel, type DenyPolicy, type DenySubject, denyName } from './deny-policy.ts';

/**
 * Denies all by allowing nothing. Both types are named: without them egress would stay open. It adds nothing to what
 * another policy allows. Source: Kubernetes API networking/v1, NetworkPolicySpec.
 */
export const networkPolicyDeny = (subject: DenySubject): DenyPolicy => {
  const [name, { namespace }] = [denyName(subject), subject];
  return {
    ...{ kind: 'networkpolicy', namespace, name },
    body: {
      ...{ apiVersion: 'networking.k8s.io/v1', kind: 'NetworkPolicy' },
      metadata: { name, namespace },
      spec: { podSelector: byLabel(subject), policyTypes: ['Ingress', 'Egress'] },
    },
  };
};
