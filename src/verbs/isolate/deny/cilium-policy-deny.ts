import { byLabel, type DenyPolicy, type DenySubject, denyName } from './deny-policy.ts';

/**
 * Everyone but the pod's own node: a deny of `all` or `host` outranks what lets kubelet's probes in, and kubelet would
 * restart the container. A rule can't name entities and endpoints at once.
 * Source: Cilium, pkg/policy/mapstate.go, determineAllowLocalhostIngress.
 */
const FROM_ALL_BUT_THE_NODE = [
  { fromEntities: ['world', 'remote-node', 'ingress', 'init', 'health', 'unmanaged'] },
  {
    fromEndpoints: [{ matchExpressions: [{ key: 'k8s:io.kubernetes.pod.namespace', operator: 'Exists' }] }],
  },
];

/** A deny takes precedence over every allow, a NetworkPolicy's too. Source: Cilium, Network Policy, Deny Policies. */
export const ciliumNetworkPolicyDeny = (subject: DenySubject): DenyPolicy => {
  const [name, { namespace }] = [denyName(subject), subject];
  return {
    ...{ kind: 'ciliumnetworkpolicy', namespace, name },
    body: {
      ...{ apiVersion: 'cilium.io/v2', kind: 'CiliumNetworkPolicy' },
      metadata: { name, namespace },
      spec: {
        endpointSelector: byLabel(subject),
        ingressDeny: FROM_ALL_BUT_THE_NODE,
        egressDeny: [{ toEntities: ['all'] }],
      },
    },
  };
};
