import type { RequestTarget } from '../api/request-target.ts';
import type { AccessRule, User } from './user.ts';

const has = (list: readonly string[], value: string) => list.includes('*') || list.includes(value);

/** Rules that everyone who is known has, as the roles system:basic-user and system:discovery grant them. */
export const BASIC_RULES: readonly AccessRule[] = [
  {
    verbs: ['create'],
    apiGroups: ['authorization.k8s.io'],
    resources: ['selfsubjectaccessreviews', 'selfsubjectrulesreviews'],
  },
  { verbs: ['create'], apiGroups: ['authentication.k8s.io'], resources: ['selfsubjectreviews'] },
];

export type Attributes = Omit<RequestTarget, 'version'>;

/** Names are exact: a star among them is a name. */
const isNamed = ({ resourceNames = [] }: AccessRule, name: string) =>
  resourceNames.length === 0 || resourceNames.includes(name);

const covers = (rule: AccessRule, asked: Attributes) =>
  has(rule.verbs, asked.verb) &&
  has(rule.apiGroups, asked.group) &&
  has(rule.resources, asked.subresource === '' ? asked.resource : `${asked.resource}/${asked.subresource}`) &&
  isNamed(rule, asked.name) &&
  (rule.namespaces === undefined || has(rule.namespaces, asked.namespace));

/** Whether one of the user's rules grants the request. There are no rules that deny. */
export const allows = (user: User, asked: Attributes): boolean =>
  [...BASIC_RULES, ...user.rules].some((rule) => covers(rule, asked));
