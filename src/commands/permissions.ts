import { Document } from 'yaml';
import type { Permission } from '../core/permission.ts';
import { allPermissions } from '../core/verb-permissions.ts';
import { PLANNING_PERMISSIONS } from '../flow/check-permissions.ts';
import { verbs } from '../verbs/index.ts';

/** Permissions on the same resource as one rule, their verbs joined. */
const rulesFor = (permissions: readonly Permission[]): readonly object[] =>
  [
    ...Map.groupBy(permissions, ({ group, resource, subresource }) =>
      [group, subresource === undefined ? resource : `${resource}/${subresource}`].join(' '),
    ),
  ].map(([place, same]) => {
    const [group = '', resource = ''] = place.split(' ');
    return { apiGroups: [group], resources: [resource], verbs: [...new Set(same.map(({ verb }) => verb))] };
  });

/** A ClusterRole with what planning and the verbs of this version need, derived from their own declarations. */
export const clusterRole = (): string => {
  const needed = verbs.flatMap((verb) => [...allPermissions(verb), ...verb.alsoReads]);
  const document = new Document({
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'ClusterRole',
    metadata: { name: 'firebreak' },
    rules: rulesFor([...PLANNING_PERMISSIONS, ...needed]),
  });
  document.commentBefore =
    ' Printed by `firebreak permissions`. Bind it to the identity in the kubeconfig, by a ClusterRoleBinding or, for some\n namespaces only, by RoleBindings; nodes lie outside them, so cordon needs the\n ClusterRoleBinding. Over WebSocket, exec needs `get`, and from Kubernetes 1.35 on `create` too.';
  return document.toString({ flowCollectionPadding: false });
};

export const runPermissions = async (): Promise<number> => {
  process.stdout.write(clusterRole());
  return 0;
};
