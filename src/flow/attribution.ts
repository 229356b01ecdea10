import type { ClusterReader } from '../core/cluster.ts';
import type { ClusterEntry } from '../core/cluster-entry.ts';
import {
  IMPERSONATED_EXTRAS,
  impersonatedUser,
  impersonateExtra,
  impersonationPermissions,
  type NamedPermission,
} from '../core/impersonation.ts';
import type { Permission } from '../core/permission.ts';

/** How the cluster's own audit log learns for which run something was done. */
export type Attribution =
  /** As this user, with requester, approvers, run and case as its extras. */
  | { readonly kind: 'impersonated'; readonly user: string }
  /** By the run's id in the user agent. `why` is a clause: `it may not impersonate …`. */
  | { readonly kind: 'user agent'; readonly why: string }
  /**
   * The identity may impersonate more than that one user, so it could be anybody. Impersonation is then not used: that
   * it is allowed says nothing about whether the user was given rights. `what` names each, for a list.
   */
  | { readonly kind: 'too much'; readonly what: readonly string[] };

const impersonate = (group: string, resource: string): Permission => ({
  verb: 'impersonate',
  group,
  resource,
});

/** Nobody has this name: who may impersonate it, may impersonate whoever else there is. */
const NOBODY = 'firebreak-probe:nobody';

/** A cluster and the namespaces in which Firebreak is used; none stands for all. */
type Place = Pick<ClusterEntry, 'name' | 'namespaces'>;

/** One that nobody uses, and some that an authorizer or an admission policy may go by. */
const OTHER_EXTRAS = [
  'firebreak-probe',
  'scopes.authorization.openshift.io',
  'authentication.kubernetes.io/node-name',
] as const;

interface Probe extends NamedPermission {
  readonly what: string;
  readonly namespace?: string;
}

/** The built-in roles `edit` and `admin` let service accounts be impersonated, also where they are bound to a namespace. */
const excessProbes = ({ name: cluster, namespaces }: Place): readonly Probe[] => {
  const users = impersonate('', 'users');
  const groups = impersonate('', 'groups');
  const others = `users other than ${impersonatedUser(cluster)}`;
  return [
    { permission: users, name: NOBODY, what: others },
    { permission: users, name: 'kubernetes-admin', what: others },
    { permission: groups, name: NOBODY, what: 'groups' },
    { permission: groups, name: 'system:masters', what: 'groups' },
    ...['kube-system', ...namespaces].map((namespace) => ({
      permission: impersonate('', 'serviceaccounts'),
      namespace,
      name: 'default',
      what: 'service accounts',
    })),
    { permission: impersonate('authentication.k8s.io', 'uids'), name: NOBODY, what: 'user ids' },
    ...OTHER_EXTRAS.map((key) => ({
      permission: impersonateExtra(key),
      name: NOBODY,
      what: `extras other than ${IMPERSONATED_EXTRAS.join(', ')}`,
    })),
  ];
};

const namesOf = (missing: readonly NamedPermission[]): string =>
  missing
    .map(({ permission: { resource, subresource }, name }) =>
      subresource === undefined ? `${resource} ${name}` : `${resource}/${subresource}`,
    )
    .join(', ');

/**
 * Finds out by SelfSubjectAccessReviews, as the identity that the reader is. Throws what `allowed` throws. A run's
 * extras have values that nobody knows beforehand, so each key is asked for with a value that no rule would name.
 */
export const attributionOf = async (
  reader: Pick<ClusterReader, 'allowed'>,
  cluster: Place,
  signal: AbortSignal,
): Promise<Attribution> => {
  const may = ({ permission, name, namespace }: NamedPermission & { readonly namespace?: string }) =>
    reader.allowed(
      permission,
      { name: name ?? NOBODY, ...(namespace === undefined ? {} : { namespace }) },
      signal,
    );
  const answered = async <One extends NamedPermission>(
    all: readonly One[],
    wanted: boolean,
  ): Promise<readonly One[]> => {
    const answers = await Promise.all(all.map(may));
    return all.filter((_, at) => answers[at] === wanted);
  };
  const [missing, excess] = await Promise.all([
    answered(impersonationPermissions(cluster.name), false),
    answered(excessProbes(cluster), true),
  ]);
  if (excess.length > 0) return { kind: 'too much', what: [...new Set(excess.map(({ what }) => what))] };
  if (missing.length > 0) return { kind: 'user agent', why: `it may not impersonate ${namesOf(missing)}` };
  return { kind: 'impersonated', user: impersonatedUser(cluster.name) };
};
