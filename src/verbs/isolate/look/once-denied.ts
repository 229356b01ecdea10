import type { ClusterReader } from '../../../core/cluster.ts';
import type { Pod } from '../../../core/pod.ts';
import { networkPolicyDeny } from '../deny/network-policy-deny.ts';
import { A_RUN } from './selecting-policies.ts';

/**
 * Cluster and pod as they are once the pod is labelled and denied: what a detach does is done to those. Without it a card
 * would say that nothing restricts the pod any more.
 */
export const onceDenied = (
  cluster: ClusterReader,
  pod: Pod,
  label: string,
): { readonly cluster: ClusterReader; readonly object: Pod } => {
  const { namespace, labels } = pod.metadata;
  const deny = networkPolicyDeny({ namespace, label, run: A_RUN }).body;
  return {
    cluster: {
      get: (path, signal) => cluster.get(path, signal),
      list: async (path, query, signal) => {
        const items = await cluster.list(path, query, signal);
        const isTheirs = path.group === 'networking.k8s.io' && path.resource === 'networkpolicies';
        return isTheirs ? [...items, deny] : items;
      },
      allowed: (permission, where, signal) => cluster.allowed(permission, where, signal),
      allowedFor: (user, permission, where, signal) => cluster.allowedFor(user, permission, where, signal),
      version: (signal) => cluster.version(signal),
    },
    object: { ...pod, metadata: { ...pod.metadata, labels: { ...labels, [label]: A_RUN } } },
  };
};
