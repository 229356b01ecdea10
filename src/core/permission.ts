/**
 * Where something is needed that is not about the target: where probe pods are, where node pods are (both by the cluster's
 * entry), or in one of Kubernetes' own namespaces.
 */
export const PLACES = ['probe namespace', 'node namespace', 'kube-system', 'default'] as const;
export type Place = (typeof PLACES)[number];

/** One permission as RBAC and SelfSubjectAccessReview name it. `group` is empty for the core group. */
export interface Permission {
  readonly verb: 'get' | 'list' | 'watch' | 'create' | 'update' | 'patch' | 'delete' | 'impersonate';
  readonly group: string;
  readonly resource: string;
  readonly subresource?: string;
  /** Left out: in the target's namespace, or outside of all. */
  readonly place?: Place;
}

/** As kubectl's `auth can-i` writes it: `create pods/exec`. */
export const permissionName = (permission: Permission): string =>
  `${permission.verb} ${permission.resource}${permission.group === '' ? '' : `.${permission.group}`}${
    permission.subresource === undefined ? '' : `/${permission.subresource}`
  }`;

/** The same with its place, which tells apart what is needed in two: `create jobs.batch in the probe namespace`. */
export const placedName = (permission: Permission): string => {
  const { place } = permission;
  const name = permissionName(permission);
  if (place === undefined) return name;
  return `${name} in ${place.endsWith('namespace') ? `the ${place}` : place}`;
};
