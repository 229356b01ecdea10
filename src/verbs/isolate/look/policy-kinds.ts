import type { ResourcePath } from '../../../core/cluster.ts';
import type { Permission } from '../../../core/permission.ts';
import { readAdminNetworkPolicy, readBaselinePolicy, readClusterNetworkPolicy } from './admin-policy.ts';
import { readCalicoPolicy } from './calico-policy.ts';
import { readCiliumPolicy } from './cilium-policy.ts';
import { readNetworkPolicy } from './network-policy.ts';
import type { PolicyRules } from './policy-rules.ts';

interface KindOfPolicy extends Pick<ResourcePath, 'group' | 'version' | 'resource'> {
  readonly scope: 'namespace' | 'cluster';
  readonly read: (raw: unknown) => PolicyRules;
}

const ADMIN = { group: 'policy.networking.k8s.io', scope: 'cluster' } as const;
const CILIUM = { group: 'cilium.io', version: 'v2', read: readCiliumPolicy } as const;
const CALICO = { group: 'crd.projectcalico.org', version: 'v1', read: readCalicoPolicy } as const;

/** Every kind of policy that is looked at, by the name that people know it by. */
export const POLICY_KINDS = {
  NetworkPolicy: {
    ...{ group: 'networking.k8s.io', version: 'v1', resource: 'networkpolicies' },
    ...{ scope: 'namespace', read: readNetworkPolicy },
  },
  AdminNetworkPolicy: {
    ...{ ...ADMIN, version: 'v1alpha1', resource: 'adminnetworkpolicies', read: readAdminNetworkPolicy },
  },
  BaselineAdminNetworkPolicy: {
    ...{ ...ADMIN, version: 'v1alpha1', resource: 'baselineadminnetworkpolicies', read: readBaselinePolicy },
  },
  ClusterNetworkPolicy: {
    ...{ ...ADMIN, version: 'v1alpha2', resource: 'clusternetworkpolicies', read: readClusterNetworkPolicy },
  },
  CiliumNetworkPolicy: { ...CILIUM, resource: 'ciliumnetworkpolicies', scope: 'namespace' },
  CiliumClusterwideNetworkPolicy: {
    ...{ ...CILIUM, resource: 'ciliumclusterwidenetworkpolicies', scope: 'cluster' },
  },
  'Calico NetworkPolicy': { ...CALICO, resource: 'networkpolicies', scope: 'namespace' },
  'Calico GlobalNetworkPolicy': { ...CALICO, resource: 'globalnetworkpolicies', scope: 'cluster' },
} as const satisfies Readonly<Record<string, KindOfPolicy>>;
export type PolicyKind = keyof typeof POLICY_KINDS;

export const policyKinds = Object.keys(POLICY_KINDS) as readonly PolicyKind[];

/** What is read of them. */
export const POLICY_READS: readonly Permission[] = policyKinds.map((kind) => {
  const { group, resource } = POLICY_KINDS[kind];
  return { verb: 'list', group, resource };
});
