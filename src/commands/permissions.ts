import { stringify } from 'yaml';
import type { Permission } from '../core/permission.ts';
import { verbs } from '../verbs/index.ts';

const ruleOf = ({ group, resource, subresource, verb }: Permission): object => ({
  apiGroups: [group],
  resources: [subresource === undefined ? resource : `${resource}/${subresource}`],
  verbs: [verb],
});

/** Rules that differ in their verb alone, as one. */
const joined = (permissions: readonly Permission[]): readonly object[] => {
  const byResource = Map.groupBy(
    permissions,
    ({ group, resource, subresource }) => `${group} ${resource}/${subresource ?? ''}`,
  );
  return [...byResource.values()].map(([first, ...more]) =>
    first === undefined
      ? {}
      : { ...ruleOf(first), verbs: [...new Set([first, ...more].map(({ verb }) => verb))] },
  );
};

/** A ClusterRole with what the verbs of this version need, derived from their own declarations. */
export const clusterRole = (): string =>
  stringify({
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'ClusterRole',
    metadata: { name: 'firebreak' },
    rules: joined(verbs.flatMap(({ permissions }) => permissions)),
  });

export const runPermissions = async (): Promise<number> => {
  process.stdout.write(clusterRole());
  return 0;
};
