import type { Permission } from '../../core/permission.ts';

/** One rule of a Role or ClusterRole. */
export interface RbacRule {
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly verbs: readonly string[];
  readonly resourceNames?: readonly string[];
}

/** Permissions on the same resource as one rule, their verbs joined. */
export const rbacRules = (permissions: readonly Permission[]): readonly RbacRule[] =>
  [
    ...Map.groupBy(permissions, ({ group, resource, subresource }) =>
      [group, subresource === undefined ? resource : `${resource}/${subresource}`].join(' '),
    ),
  ].map(([place, same]) => {
    const [group = '', resource = ''] = place.split(' ');
    return { apiGroups: [group], resources: [resource], verbs: [...new Set(same.map(({ verb }) => verb))] };
  });
