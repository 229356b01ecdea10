import type { AccessRule } from '../cluster/access/user.ts';
import type { StandInCluster } from '../cluster/stand-in-cluster.ts';

const RBAC = 'rbac.authorization.k8s.io';
const NAME = 'firebreak-containment';
const MAKES = ['create', 'get', 'list', 'delete'];

/** What the user of the sandbox may not do by itself: hold, isolate and contain a pod, and take all of it away again. */
const RULES: readonly AccessRule[] = [
  { apiGroups: [''], resources: ['pods/ephemeralcontainers'], verbs: ['patch'] },
  { apiGroups: [''], resources: ['persistentvolumeclaims'], verbs: ['get'] },
  { apiGroups: ['batch'], resources: ['jobs'], verbs: MAKES },
  { apiGroups: ['networking.k8s.io'], resources: ['networkpolicies'], verbs: MAKES },
  {
    apiGroups: ['policy.networking.k8s.io'],
    resources: ['adminnetworkpolicies', 'baselineadminnetworkpolicies', 'clusternetworkpolicies'],
    verbs: MAKES,
  },
  {
    apiGroups: ['cilium.io'],
    resources: ['ciliumnetworkpolicies', 'ciliumclusterwidenetworkpolicies'],
    verbs: ['list'],
  },
  {
    apiGroups: ['crd.projectcalico.org'],
    resources: ['networkpolicies', 'globalnetworkpolicies'],
    verbs: ['list'],
  },
  { apiGroups: ['policy'], resources: ['poddisruptionbudgets'], verbs: MAKES },
  {
    apiGroups: ['admissionregistration.k8s.io'],
    resources: ['validatingadmissionpolicies', 'validatingadmissionpolicybindings'],
    verbs: MAKES,
  },
  { apiGroups: ['authorization.k8s.io'], resources: ['subjectaccessreviews'], verbs: ['create'] },
];

/** Each namespace of footholds and its Pod Security level, as deploy/footholds.yaml has them. */
const NAMESPACES = { 'firebreak-footholds': 'restricted', 'firebreak-node-footholds': 'privileged' } as const;

/** Grants `responder` what a containment does, and makes the namespaces of its footholds. */
export const grantContainment = (cluster: StandInCluster): void => {
  for (const [name, level] of Object.entries(NAMESPACES))
    cluster.addObject({
      ...{ apiVersion: 'v1', kind: 'Namespace' },
      metadata: { name, labels: { 'pod-security.kubernetes.io/enforce': level } },
    });
  cluster.addObject({
    ...{ apiVersion: `${RBAC}/v1`, kind: 'ClusterRole', metadata: { name: NAME } },
    rules: RULES,
  });
  cluster.addObject({
    ...{ apiVersion: `${RBAC}/v1`, kind: 'ClusterRoleBinding', metadata: { name: NAME } },
    roleRef: { apiGroup: RBAC, kind: 'ClusterRole', name: NAME },
    subjects: [{ apiGroup: RBAC, kind: 'User', name: 'responder' }],
  });
};
