import type { OnBehalfOf } from './cloud.ts';
import type { Permission } from './permission.ts';

/** What the cluster's audit log is told of a run, as extras of the user that is impersonated. */
export const IMPERSONATED_EXTRAS = ['requester', 'approvers', 'run', 'case'] as const;
export type ImpersonatedExtra = (typeof IMPERSONATED_EXTRAS)[number];

/** Another user to act as: the cluster's log then names it, its extras, and who really asked. */
export interface Impersonation {
  readonly user: string;
  readonly extra: Readonly<Partial<Record<ImpersonatedExtra, readonly string[]>>>;
}

/** The one user that Firebreak impersonates in a cluster. It is fixed, so that a permission can name it. */
export const impersonatedUser = (cluster: string): string => `firebreak:${cluster}`;

/** A permission with the one name that it is limited to; without one it is for every value. */
export interface NamedPermission {
  readonly permission: Permission;
  readonly name?: string;
}

const AUTHENTICATION = 'authentication.k8s.io';

export const impersonateExtra = (key: string): Permission => ({
  verb: 'impersonate',
  group: AUTHENTICATION,
  resource: 'userextras',
  subresource: key,
});

/**
 * All that impersonation takes: the one user, and the four keys of extras. The names of `userextras` are the values,
 * which differ from run to run, so they are not limited. Source: Kubernetes, "User impersonation".
 */
export const impersonationPermissions = (cluster: string): readonly NamedPermission[] => [
  {
    permission: { verb: 'impersonate', group: '', resource: 'users' },
    name: impersonatedUser(cluster),
  },
  ...IMPERSONATED_EXTRAS.map((key) => ({ permission: impersonateExtra(key) })),
];

/** The run as extras. `OnBehalfOf` holds ids alone; a run that nobody had to approve has no approvers. */
export const impersonationFor = (cluster: string, of: OnBehalfOf): Impersonation => ({
  user: impersonatedUser(cluster),
  extra: {
    requester: [of.requester],
    ...(of.approvers.length === 0 ? {} : { approvers: of.approvers }),
    run: [of.run],
    case: [of.case],
  },
});
