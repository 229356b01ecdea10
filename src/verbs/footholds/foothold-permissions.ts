import type { FootholdKind } from '../../core/foothold.ts';
import type { Permission } from '../../core/permission.ts';

/** Over WebSocket an exec is a GET, and Kubernetes 1.35 and later ask for `create` as well. */
const EXEC: readonly Permission[] = [
  { verb: 'get', group: '', resource: 'pods', subresource: 'exec' },
  { verb: 'create', group: '', resource: 'pods', subresource: 'exec' },
];

const JOB: readonly Permission[] = [
  { verb: 'create', group: 'batch', resource: 'jobs' },
  { verb: 'get', group: 'batch', resource: 'jobs' },
  { verb: 'list', group: '', resource: 'pods' },
  ...EXEC,
];

/** What each kind needs: beside a target in the target's namespace, else in the namespace of the foothold. */
export const FOOTHOLD_PERMISSIONS: Readonly<Record<FootholdKind, readonly Permission[]>> = {
  'ephemeral container': [
    { verb: 'get', group: '', resource: 'namespaces' },
    { verb: 'get', group: '', resource: 'pods' },
    { verb: 'patch', group: '', resource: 'pods', subresource: 'ephemeralcontainers' },
    ...EXEC,
  ],
  'probe pod': JOB,
  'node pod': JOB,
};

/** Tells why one does not start; without it the sentence says less. */
export const FOOTHOLD_ALSO_READS: readonly Permission[] = [{ verb: 'list', group: '', resource: 'events' }];
