import type { StandInCluster } from '../../sandbox/cluster/stand-in-cluster.ts';

const RBAC = 'rbac.authorization.k8s.io';
const MAKES = ['get', 'list', 'create', 'delete'];
const BUDGETS = { apiGroups: ['policy'], resources: ['poddisruptionbudgets'], verbs: MAKES };
const POLICIES = {
  apiGroups: ['admissionregistration.k8s.io'],
  resources: ['validatingadmissionpolicies', 'validatingadmissionpolicybindings'],
  verbs: MAKES,
};

/** Lets the user of a scenario's Firebreak do what a hold does beside patching its pod. */
export const grantHold = (
  cluster: StandInCluster,
  admission: 'granted' | 'not granted' = 'granted',
): void => {
  cluster.addObject({
    ...{ apiVersion: `${RBAC}/v1`, kind: 'ClusterRole', metadata: { name: 'firebreak-hold' } },
    rules: [BUDGETS, ...(admission === 'granted' ? [POLICIES] : [])],
  });
  cluster.addObject({
    ...{ apiVersion: `${RBAC}/v1`, kind: 'ClusterRoleBinding', metadata: { name: 'firebreak-hold' } },
    roleRef: { apiGroup: RBAC, kind: 'ClusterRole', name: 'firebreak-hold' },
    subjects: [{ apiGroup: RBAC, kind: 'User', name: 'responder' }],
  });
};
