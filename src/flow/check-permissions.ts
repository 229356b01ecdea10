import type { ClusterEntry } from '../core/cluster-entry.ts';
import { isClusterScoped } from '../core/cluster-scoped.ts';
import { FirebreakError } from '../core/firebreak-error.ts';
import type { Permission } from '../core/permission.ts';
import { permissionName } from '../core/permission.ts';
import { placeNamespace } from '../core/place-namespace.ts';
import type { Acting } from './clusters.ts';

/** What planning reads itself, whatever the verb: look-ups by name, and the owners of a pod. */
export const PLANNING_PERMISSIONS: readonly Permission[] = [
  { verb: 'get', group: '', resource: 'pods' },
  { verb: 'list', group: '', resource: 'pods' },
  { verb: 'get', group: 'apps', resource: 'replicasets' },
  { verb: 'get', group: 'batch', resource: 'jobs' },
];

/** The namespace in which a permission is asked for; undefined for what lies outside of all. */
const namespaceOf = (
  permission: Permission,
  { footholds }: Pick<ClusterEntry, 'footholds'>,
  target: string,
): string | undefined => {
  if (isClusterScoped(permission)) return undefined;
  return permission.place === undefined ? target : placeNamespace(permission.place, footholds);
};

/**
 * Asks the API server for each permission, where it is needed, before anyone is asked to approve. Throws `not-allowed` naming
 * what is missing and where.
 */
export const checkPermissions = async (
  { user, note, allowed: isAllowed }: Acting,
  permissions: readonly Permission[],
  entry: Pick<ClusterEntry, 'name' | 'footholds'>,
  target: string,
  signal: AbortSignal,
): Promise<void> => {
  const answers = await Promise.all(
    permissions.map(async (permission) => {
      const namespace = namespaceOf(permission, entry, target);
      const allowed = await isAllowed(permission, namespace === undefined ? {} : { namespace }, signal);
      return { permission, namespace: namespace ?? target, allowed };
    }),
  );
  const missing = Map.groupBy(
    answers.filter(({ allowed }) => !allowed),
    ({ namespace }) => namespace,
  );
  if (missing.size === 0) return;
  const said = [...missing].map(([namespace, lacked]) => {
    const names = [...new Set(lacked.map(({ permission }) => permissionName(permission)))].join(', ');
    return namespace === target ? names : `${names} in ${namespace}`;
  });
  const cluster = entry.name;
  throw new FirebreakError({
    code: 'not-allowed',
    message: `Firebreak may not do this in ${target} on ${cluster}: ${user === undefined ? 'it' : `the user ${user}`} lacks ${said.join('; ')}.${note}`,
    next: `Ask whoever runs the cluster to grant that to ${user === undefined ? 'Firebreak’s identity' : 'this user, as whom Firebreak acts'}; \`firebreak permissions ${cluster}\` prints it, and \`firebreak check ${cluster}\` says what else is missing.`,
  });
};
