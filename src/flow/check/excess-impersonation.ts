import type { ClusterRule } from '../../core/cluster.ts';
import { IMPERSONATED_EXTRAS, impersonatedUser } from '../../core/impersonation.ts';

const AUTHENTICATION = 'authentication.k8s.io';
const EXTRAS = 'userextras/';
/** Rights to impersonate within limits have verbs of their own, such as `impersonate:user-info` (KEP-5284). */
const CONSTRAINED = 'impersonate:';

/** What may be impersonated without being too much: a run’s one user with its extras, or nothing. */
export type Impersonable = 'the one user' | 'nobody';

const covers = (list: readonly string[], value: string): boolean =>
  list.includes('*') || list.includes(value);

/** The resource under which the API server asks about each, and how the excess is called. */
const NAMED = [
  { group: '', resource: 'groups', called: 'groups' },
  { group: '', resource: 'serviceaccounts', called: 'service accounts' },
  { group: AUTHENTICATION, resource: 'uids', called: 'user ids' },
] as const;

const users = ({ groups, resources, names }: ClusterRule, own: readonly string[]): readonly string[] => {
  if (!covers(groups, '') || !covers(resources, 'users')) return [];
  if (names.length === 0) return [own.length === 0 ? 'users' : `users other than ${own.join(', ')}`];
  const others = names.filter((name) => !own.includes(name));
  return others.length === 0 ? [] : [`users ${others.join(', ')}`];
};

const named = ({ groups, resources, names }: ClusterRule, namespace: string): readonly string[] =>
  NAMED.filter(({ group, resource }) => covers(groups, group) && covers(resources, resource)).map(
    ({ resource, called }) => {
      if (names.length === 0) return called;
      return `${called} ${names.join(', ')}${resource === 'serviceaccounts' ? ` in ${namespace}` : ''}`;
    },
  );

/** A star before the slash stands for every resource with that subresource. */
const extras = ({ groups, resources }: ClusterRule, own: readonly string[]): readonly string[] => {
  if (!covers(groups, AUTHENTICATION)) return [];
  if (resources.includes('*')) return [own.length === 0 ? 'extras' : `extras other than ${own.join(', ')}`];
  const others = resources
    .filter((resource) => resource.startsWith(EXTRAS) || resource.startsWith('*/'))
    .map((resource) => resource.slice(resource.indexOf('/') + 1))
    .filter((key) => !own.includes(key));
  return others.length === 0 ? [] : [`extras ${others.join(', ')}`];
};

const constrained = ({ verbs, resources }: ClusterRule): readonly string[] =>
  verbs.filter((verb) => verb.startsWith(CONSTRAINED)).map((verb) => `${resources.join(', ')} by ${verb}`);

/**
 * What a rule that holds in a namespace lets be impersonated beyond what is printed; each is a member of a list for people.
 * Source: Kubernetes, "User impersonation" and the RBAC authorizer’s rules for resources.
 */
export const excessImpersonation = (
  rule: ClusterRule,
  {
    cluster,
    namespace,
    may,
  }: { readonly cluster: string; readonly namespace: string; readonly may: Impersonable },
): readonly string[] => {
  const [user, keys] = may === 'nobody' ? [[], []] : [[impersonatedUser(cluster)], IMPERSONATED_EXTRAS];
  return [
    ...(covers(rule.verbs, 'impersonate')
      ? [...users(rule, user), ...named(rule, namespace), ...extras(rule, keys)]
      : []),
    ...constrained(rule),
  ];
};
