import { MADE_KINDS } from './made-kind.ts';
import type { Permission } from './permission.ts';

/** Resources of the verbs' declarations that lie outside every namespace: a RoleBinding grants nothing on them. */
const CLUSTER_SCOPED: ReadonlySet<string> = new Set<string>([
  ...Object.values(MADE_KINDS)
    .filter(({ scope }) => scope === 'cluster')
    .map(({ resource }) => resource),
  'baselineadminnetworkpolicies',
  'ciliumclusterwidenetworkpolicies',
  'clusterrolebindings',
  'clusterroles',
  'globalnetworkpolicies',
  'namespaces',
  'nodes',
  'subjectaccessreviews',
]);

export const isClusterScoped = ({ resource }: Pick<Permission, 'resource'>): boolean =>
  CLUSTER_SCOPED.has(resource);
