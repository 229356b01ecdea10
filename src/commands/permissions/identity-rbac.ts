import type { RbacSubject } from '../../core/cloud.ts';
import type { ClusterEntry } from '../../core/cluster-entry.ts';
import { isClusterScoped } from '../../core/cluster-scoped.ts';
import type { Permission } from '../../core/permission.ts';
import type { IdentityPermissions } from '../../flow/identity-permissions.ts';
import { placedRoles } from './placed-roles.ts';
import { boundEverywhere, boundWithin, type RbacObject } from './rbac-objects.ts';
import { rbacRules } from './rbac-rules.ts';

/** A role of a cluster, whom it is bound to, and what it is for. */
export interface RoleOf {
  readonly entry: Pick<ClusterEntry, 'name' | 'namespaces' | 'footholds'>;
  readonly name: string;
  readonly subject: RbacSubject;
  /** The first line of its comment. */
  readonly purpose: string;
}

const WHAT_RUNS_THERE =
  'The lists of what lies in namespaces are for the card of a node: it says what runs there. Without them it says that\nnobody looked.';

const EXEC =
  'Over WebSocket, exec needs get on pods/exec, and from Kubernetes 1.35 on create too. The built-in roles\nedit and admin hold both, and far more; they lack pods/ephemeralcontainers.';

const about = (permissions: readonly Permission[]): string =>
  permissions.some(({ subresource }) => subresource === 'exec') ? `\n${EXEC}` : '';

/**
 * Roles and bindings with just these permissions. Where the cluster's entry names namespaces, they hold there alone, and
 * what lies outside every namespace has a role of its own. What is needed in one further namespace has a Role there.
 */
export const identityRbac = (
  { entry, name, subject, purpose }: RoleOf,
  { needed, better, everywhere }: IdentityPermissions,
): readonly RbacObject[] => {
  const all = [...needed, ...better];
  const permissions = all.filter(({ place }) => place === undefined);
  const placed = placedRoles({ entry, name, subject, purpose }, { permissions: all, everywhere });
  if (entry.namespaces.length === 0)
    return [
      ...boundEverywhere({
        ...{ name, subject, rules: rbacRules(permissions) },
        comment: `${purpose}, in every namespace.${about(permissions)}`,
      }),
      ...placed,
    ];
  const outside = [...permissions.filter(isClusterScoped), ...everywhere];
  const within = permissions.filter((permission) => !isClusterScoped(permission));
  return [
    ...boundWithin(
      {
        ...{ name, subject, rules: rbacRules(within) },
        comment: `${purpose}, in ${entry.namespaces.join(', ')} alone: a RoleBinding in each.${about(within)}`,
      },
      entry.namespaces,
    ),
    ...boundEverywhere({
      ...{ name: `${name}:cluster-scoped`, subject, rules: rbacRules(outside) },
      comment: `${purpose}, on what lies outside every namespace.${
        everywhere.length === 0 ? '' : `\n${WHAT_RUNS_THERE}`
      }`,
    }),
    ...placed,
  ];
};
