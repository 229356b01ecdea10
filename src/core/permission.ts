/** One permission as RBAC and SelfSubjectAccessReview name it. `group` is empty for the core group. */
export interface Permission {
  readonly verb: 'get' | 'list' | 'watch' | 'create' | 'update' | 'patch' | 'delete' | 'impersonate';
  readonly group: string;
  readonly resource: string;
  readonly subresource?: string;
}

/** As kubectl's `auth can-i` writes it: `create pods/exec`. */
export const permissionName = (permission: Permission): string =>
  `${permission.verb} ${permission.resource}${permission.group === '' ? '' : `.${permission.group}`}${
    permission.subresource === undefined ? '' : `/${permission.subresource}`
  }`;
