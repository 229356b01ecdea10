import type { Identity, RbacSubject } from '../../core/cloud.ts';
import type { ClusterEntry } from '../../core/cluster-entry.ts';
import { isClusterScoped } from '../../core/cluster-scoped.ts';
import type { Permission } from '../../core/permission.ts';
import { boundEverywhere, boundWithin, type RbacObject } from './rbac-objects.ts';
import { rbacRules } from './rbac-rules.ts';

export interface GrantedTo {
  readonly entry: Pick<ClusterEntry, 'name' | 'namespaces' | 'identities'>;
  readonly identity: Identity;
  readonly subject: RbacSubject;
}

/** How the objects of an identity are called. */
export const rbacName = ({ entry, identity }: Pick<GrantedTo, 'entry' | 'identity'>): string =>
  entry.identities === 'one for all' && identity === 'act'
    ? `firebreak:${entry.name}`
    : `firebreak:${entry.name}:${identity}`;

const EXEC =
  'Over WebSocket, exec needs get on pods/exec, and from Kubernetes 1.35 on create too. The built-in roles\nedit and admin hold both, and far more; they lack pods/ephemeralcontainers.';

const about = (permissions: readonly Permission[]): string =>
  permissions.some(({ subresource }) => subresource === 'exec') ? `\n${EXEC}` : '';

/**
 * Roles and bindings with just these permissions. Where the cluster's entry names namespaces, they hold there alone, and
 * what lies outside every namespace has a role of its own.
 */
export const identityRbac = (
  { entry, identity, subject }: GrantedTo,
  permissions: readonly Permission[],
): readonly RbacObject[] => {
  const name = rbacName({ entry, identity });
  if (entry.namespaces.length === 0)
    return boundEverywhere({
      ...{ name, subject, rules: rbacRules(permissions) },
      comment: `In every namespace.${about(permissions)}`,
    });
  const outside = permissions.filter(isClusterScoped);
  const within = permissions.filter((permission) => !isClusterScoped(permission));
  return [
    ...boundWithin(
      {
        ...{ name, subject, rules: rbacRules(within) },
        comment: `In ${entry.namespaces.join(', ')} alone, by a RoleBinding in each.${about(within)}`,
      },
      entry.namespaces,
    ),
    ...boundEverywhere({
      ...{ name: `${name}:cluster-scoped`, subject, rules: rbacRules(outside) },
      comment: 'What lies outside every namespace.',
    }),
  ];
};
