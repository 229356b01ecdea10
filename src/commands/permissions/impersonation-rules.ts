import { impersonationPermissions } from '../../core/impersonation.ts';
import { type RbacRule, rbacRules } from './rbac-rules.ts';

/** What acting as the one user of a cluster takes: each name limited where it can be, what has no name in one rule. */
export const impersonationRules = (cluster: string): readonly RbacRule[] => {
  const rules = impersonationPermissions(cluster).flatMap(({ permission, name }) =>
    rbacRules([permission]).map((rule) => (name === undefined ? rule : { ...rule, resourceNames: [name] })),
  );
  const unnamed = rules.filter(({ resourceNames }) => resourceNames === undefined);
  const groups = Map.groupBy(unnamed, ({ apiGroups }) => apiGroups.join());
  return [
    ...rules.filter(({ resourceNames }) => resourceNames !== undefined),
    ...[...groups.values()].flatMap((same) => {
      const [first] = same;
      return first === undefined ? [] : [{ ...first, resources: same.flatMap(({ resources }) => resources) }];
    }),
  ];
};
