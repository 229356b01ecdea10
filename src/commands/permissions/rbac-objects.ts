import type { RbacSubject } from '../../core/cloud.ts';
import type { RbacRule } from './rbac-rules.ts';

const API_GROUP = 'rbac.authorization.k8s.io';
const API_VERSION = `${API_GROUP}/v1`;

/** An object that `kubectl apply` takes, and what is said above it. */
export interface RbacObject {
  readonly comment: string;
  readonly object: Readonly<Record<string, unknown>>;
}

export interface RoleToBind {
  readonly name: string;
  readonly subject: RbacSubject;
  readonly rules: readonly RbacRule[];
  readonly comment: string;
}

type RoleKind = 'ClusterRole' | 'Role';

export const roleObject = (
  kind: RoleKind,
  metadata: { readonly name: string; readonly namespace?: string },
  rules: readonly RbacRule[],
): RbacObject['object'] => ({ apiVersion: API_VERSION, kind, metadata, rules });

/** A subject as a binding names it: a ServiceAccount by its namespace, the others by their API group. */
const subjectOf = ({ kind, name, namespace }: RbacSubject): object =>
  kind === 'ServiceAccount' ? { kind, name, namespace } : { kind, name, apiGroup: API_GROUP };

const binding = (
  kind: 'ClusterRoleBinding' | 'RoleBinding',
  { name, subject }: RoleToBind,
  metadata: object,
  role: RoleKind = 'ClusterRole',
): RbacObject => ({
  comment: '',
  object: {
    ...{ apiVersion: API_VERSION, kind, metadata },
    roleRef: { apiGroup: API_GROUP, kind: role, name },
    subjects: [subjectOf(subject)],
  },
});

/** A ClusterRole that holds everywhere, with its binding. Nothing where there are no rules. */
export const boundEverywhere = (role: RoleToBind): readonly RbacObject[] =>
  role.rules.length === 0
    ? []
    : [
        { comment: role.comment, object: roleObject('ClusterRole', { name: role.name }, role.rules) },
        binding('ClusterRoleBinding', role, { name: role.name }),
      ];

/** A ClusterRole that holds in these namespaces alone, by a RoleBinding in each. Nothing where there are no rules. */
export const boundWithin = (role: RoleToBind, namespaces: readonly string[]): readonly RbacObject[] =>
  role.rules.length === 0
    ? []
    : [
        { comment: role.comment, object: roleObject('ClusterRole', { name: role.name }, role.rules) },
        ...namespaces.map((namespace) => binding('RoleBinding', role, { name: role.name, namespace })),
      ];

/** A Role of one namespace, with its binding. */
export const boundInside = (role: RoleToBind, namespace: string): readonly RbacObject[] => {
  const metadata = { name: role.name, namespace };
  return [
    { comment: role.comment, object: roleObject('Role', metadata, role.rules) },
    binding('RoleBinding', role, metadata, 'Role'),
  ];
};
