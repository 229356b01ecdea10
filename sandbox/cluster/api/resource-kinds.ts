export interface ResourceKind {
  readonly group: string;
  readonly version: string;
  /** The name in paths and rules: plural, lower case. */
  readonly resource: string;
  readonly singular: string;
  readonly kind: string;
  readonly scope: 'namespace' | 'cluster';
  readonly shortNames?: readonly string[];
  /** Verbs that the stand-in serves; discovery names the same ones. */
  readonly verbs: readonly string[];
}

const READ = ['get', 'list', 'watch'] as const;
const WRITE = [...READ, 'create', 'update', 'patch', 'delete'] as const;
const CREATE = ['create'] as const;

const kind = (
  group: string,
  resource: string,
  kindName: string,
  scope: ResourceKind['scope'] = 'namespace',
  shortNames: readonly string[] = [],
  verbs: readonly string[] = WRITE,
  version = 'v1',
): ResourceKind => ({
  group,
  version,
  resource,
  singular: kindName.toLowerCase(),
  kind: kindName,
  scope,
  shortNames,
  verbs,
});

/** Installed by a network plugin, and by no cluster of its own accord. Source: sigs.k8s.io/network-policy-api. */
export const ADMIN_POLICY_GROUP = 'policy.networking.k8s.io';

/** Every resource that the stand-in knows. A later verb on one of them is one entry here and one handler. */
export const RESOURCE_KINDS: readonly ResourceKind[] = [
  kind('', 'pods', 'Pod', 'namespace', ['po']),
  kind('', 'namespaces', 'Namespace', 'cluster', ['ns']),
  kind('', 'nodes', 'Node', 'cluster', ['no']),
  kind('', 'services', 'Service', 'namespace', ['svc']),
  kind('', 'endpoints', 'Endpoints', 'namespace', ['ep']),
  kind('', 'events', 'Event', 'namespace', ['ev']),
  kind('', 'serviceaccounts', 'ServiceAccount', 'namespace', ['sa']),
  kind('', 'secrets', 'Secret'),
  kind('', 'configmaps', 'ConfigMap', 'namespace', ['cm']),
  kind('apps', 'deployments', 'Deployment', 'namespace', ['deploy']),
  kind('apps', 'replicasets', 'ReplicaSet', 'namespace', ['rs']),
  kind('apps', 'statefulsets', 'StatefulSet', 'namespace', ['sts']),
  kind('apps', 'daemonsets', 'DaemonSet', 'namespace', ['ds']),
  kind('batch', 'jobs', 'Job'),
  kind('batch', 'cronjobs', 'CronJob', 'namespace', ['cj']),
  kind('networking.k8s.io', 'networkpolicies', 'NetworkPolicy', 'namespace', ['netpol']),
  kind(
    ...([
      ADMIN_POLICY_GROUP,
      'adminnetworkpolicies',
      'AdminNetworkPolicy',
      'cluster',
      ['anp'],
      WRITE,
    ] as const),
    'v1alpha1',
  ),
  kind('discovery.k8s.io', 'endpointslices', 'EndpointSlice'),
  kind('policy', 'poddisruptionbudgets', 'PodDisruptionBudget', 'namespace', ['pdb']),
  kind('admissionregistration.k8s.io', 'validatingadmissionpolicies', 'ValidatingAdmissionPolicy', 'cluster'),
  kind(
    ...(['admissionregistration.k8s.io', 'validatingadmissionpolicybindings'] as const),
    ...(['ValidatingAdmissionPolicyBinding', 'cluster'] as const),
  ),
  kind('rbac.authorization.k8s.io', 'roles', 'Role'),
  kind('rbac.authorization.k8s.io', 'rolebindings', 'RoleBinding'),
  kind('rbac.authorization.k8s.io', 'clusterroles', 'ClusterRole', 'cluster'),
  kind('rbac.authorization.k8s.io', 'clusterrolebindings', 'ClusterRoleBinding', 'cluster'),
  kind('coordination.k8s.io', 'leases', 'Lease'),
  kind('authorization.k8s.io', 'subjectaccessreviews', 'SubjectAccessReview', 'cluster', [], CREATE),
  kind('authorization.k8s.io', 'selfsubjectaccessreviews', 'SelfSubjectAccessReview', 'cluster', [], CREATE),
  kind('authorization.k8s.io', 'selfsubjectrulesreviews', 'SelfSubjectRulesReview', 'cluster', [], CREATE),
  kind('authentication.k8s.io', 'selfsubjectreviews', 'SelfSubjectReview', 'cluster', [], CREATE),
];

export const apiVersionOf = ({ group, version }: Pick<ResourceKind, 'group' | 'version'>) =>
  group === '' ? version : `${group}/${version}`;

export const findResource = (group: string, version: string, resource: string): ResourceKind | undefined =>
  RESOURCE_KINDS.find((one) => one.group === group && one.version === version && one.resource === resource);

export function resourceOf(object: { readonly apiVersion: string; readonly kind: string }): ResourceKind {
  const found = RESOURCE_KINDS.find(
    (one) => one.kind === object.kind && apiVersionOf(one) === object.apiVersion,
  );
  if (found === undefined) throw new Error(`the stand-in has no ${object.apiVersion} ${object.kind}`);
  return found;
}
