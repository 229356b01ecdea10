import { isClusterScoped } from '../core/cluster-scoped.ts';
import { FirebreakError } from '../core/firebreak-error.ts';
import type { Permission } from '../core/permission.ts';
import { permissionName } from '../core/permission.ts';
import type { Acting } from './clusters.ts';

/** What planning reads itself, whatever the verb: look-ups by name, and the owners of a pod. */
export const PLANNING_PERMISSIONS: readonly Permission[] = [
  { verb: 'get', group: '', resource: 'pods' },
  { verb: 'list', group: '', resource: 'pods' },
  { verb: 'get', group: 'apps', resource: 'replicasets' },
  { verb: 'get', group: 'batch', resource: 'jobs' },
];

/** Asks the API server for each permission before anyone is asked to approve. Throws `not-allowed` naming what is missing. */
export const checkPermissions = async (
  { user, note, allowed: isAllowed }: Acting,
  permissions: readonly Permission[],
  cluster: string,
  namespace: string,
  signal: AbortSignal,
): Promise<void> => {
  const answers = await Promise.all(
    permissions.map(async (permission) => ({
      permission,
      allowed: await isAllowed(permission, isClusterScoped(permission) ? {} : { namespace }, signal),
    })),
  );
  const missing = answers
    .filter(({ allowed }) => !allowed)
    .map(({ permission }) => permissionName(permission));
  if (missing.length === 0) return;
  throw new FirebreakError({
    code: 'not-allowed',
    message: `Firebreak may not do this in ${namespace} on ${cluster}: ${user === undefined ? 'it' : `the user ${user}`} lacks ${missing.join(', ')}.${note}`,
    next: `Ask whoever runs the cluster to grant that to ${user === undefined ? 'Firebreak’s identity' : 'this user, as whom Firebreak acts'}; \`firebreak permissions ${cluster}\` prints it, and \`firebreak check ${cluster}\` says what else is missing.`,
  });
};
