import { randomBytes, randomUUID } from 'node:crypto';
import type { AccessRule, User } from './user.ts';

const READ = ['get', 'list'] as const;
const READABLE: readonly AccessRule[] = [
  {
    verbs: READ,
    apiGroups: [''],
    resources: ['pods', 'namespaces', 'nodes', 'services', 'endpoints', 'events', 'serviceaccounts'],
  },
  {
    verbs: READ,
    apiGroups: ['apps'],
    resources: ['deployments', 'replicasets', 'statefulsets', 'daemonsets'],
  },
  { verbs: READ, apiGroups: ['batch'], resources: ['jobs', 'cronjobs'] },
  { verbs: READ, apiGroups: ['networking.k8s.io'], resources: ['networkpolicies'] },
  { verbs: READ, apiGroups: ['discovery.k8s.io'], resources: ['endpointslices'] },
  { verbs: READ, apiGroups: ['policy'], resources: ['poddisruptionbudgets'] },
  {
    verbs: READ,
    apiGroups: ['rbac.authorization.k8s.io'],
    resources: ['roles', 'rolebindings', 'clusterroles', 'clusterrolebindings'],
  },
];
const COLLECT: readonly AccessRule[] = [
  { verbs: ['get'], apiGroups: [''], resources: ['pods/log'] },
  { verbs: ['get', 'create'], apiGroups: [''], resources: ['pods/exec'] },
];
const CHANGE: readonly AccessRule[] = [
  { verbs: ['patch'], apiGroups: [''], resources: ['pods', 'nodes'] },
  {
    verbs: ['patch'],
    apiGroups: ['apps'],
    resources: ['deployments', 'replicasets', 'statefulsets', 'daemonsets'],
  },
];
/** What the group system:masters may. */
export const EVERYTHING: readonly AccessRule[] = [{ verbs: ['*'], apiGroups: ['*'], resources: ['*'] }];

const user = (name: string, groups: readonly string[], rules: readonly AccessRule[]): User => ({
  ...{ name, groups: [...groups, 'system:authenticated'], rules },
  token: `stand-in-${name.replaceAll(/[^a-z-]/g, '-')}-${randomBytes(16).toString('hex')}`,
  uid: randomUUID(),
});

/** The users every stand-in has. Their tokens are new in each run. */
export const createDefaultUsers = (): readonly User[] => [
  user('admin', ['system:masters'], EVERYTHING),
  user('cert-admin', ['system:masters'], EVERYTHING),
  user('responder', [], [...READABLE, ...COLLECT, ...CHANGE]),
  user('reader', [], READABLE),
  user(
    'exec-get-only',
    [],
    [...READABLE, { verbs: ['get'], apiGroups: [''], resources: ['pods/exec', 'pods/log'] }],
  ),
  user('nobody', [], []),
];
