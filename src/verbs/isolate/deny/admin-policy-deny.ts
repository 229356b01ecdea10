import { NAMESPACE_NAME_LABEL } from '../look/policy-subject.ts';
import { byLabel, type DenyPolicy, type DenySubject, denyName } from './deny-policy.ts';

/** The lowest number is looked at first. */
export const ADMIN_PRIORITY = 0;

const EVERY_ADDRESS = ['0.0.0.0/0', '::/0'];

const spec = (subject: DenySubject) => ({
  priority: ADMIN_PRIORITY,
  subject: {
    pods: {
      namespaceSelector: { matchLabels: { [NAMESPACE_NAME_LABEL]: subject.namespace } },
      podSelector: byLabel(subject),
    },
  },
  // Peers of ingress can only be pods: what comes from elsewhere is left to the NetworkPolicy beside this one.
  ingress: [{ name: 'deny-all', action: 'Deny', from: [{ namespaces: {} }] }],
  egress: [{ name: 'deny-all', action: 'Deny', to: [{ namespaces: {} }, { networks: EVERY_ADDRESS }] }],
});

/**
 * Decides before any NetworkPolicy. `networks` is part of the experimental channel of its CRD: where it is missing, the
 * dry run refuses the policy. Source: sigs.k8s.io/network-policy-api, apis/v1alpha1.
 */
export const adminNetworkPolicyDeny = (subject: DenySubject): DenyPolicy => {
  const name = denyName(subject);
  return {
    ...{ kind: 'adminnetworkpolicy', namespace: '', name },
    body: {
      ...{ apiVersion: 'policy.networking.k8s.io/v1alpha1', kind: 'AdminNetworkPolicy' },
      metadata: { name },
      spec: spec(subject),
    },
  };
};

/** Its successor. Source: sigs.k8s.io/network-policy-api, apis/v1alpha2. */
export const clusterNetworkPolicyDeny = (subject: DenySubject): DenyPolicy => {
  const name = denyName(subject);
  return {
    ...{ kind: 'clusternetworkpolicy', namespace: '', name },
    body: {
      ...{ apiVersion: 'policy.networking.k8s.io/v1alpha2', kind: 'ClusterNetworkPolicy' },
      metadata: { name },
      spec: { tier: 'Admin', ...spec(subject) },
    },
  };
};
