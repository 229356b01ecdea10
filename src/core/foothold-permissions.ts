import type { FootholdKind, FootholdUse } from './foothold.ts';
import type { Permission, Place } from './permission.ts';

/** Over WebSocket an exec is a GET, and Kubernetes 1.35 and later ask for `create` as well. */
export const EXEC: readonly Permission[] = [
  { verb: 'get', group: '', resource: 'pods', subresource: 'exec' },
  { verb: 'create', group: '', resource: 'pods', subresource: 'exec' },
];

const JOBS = { group: 'batch', resource: 'jobs' } as const;

/** Who may make pods in the node namespace is root on the nodes: these are never asked for anywhere else. */
const startedIn = (place: Place): readonly Permission[] =>
  [
    { verb: 'create', ...JOBS } as const,
    { verb: 'get', ...JOBS } as const,
    { verb: 'list', group: '', resource: 'pods' } as const,
    ...EXEC,
  ].map((permission) => ({ ...permission, place }));

const endedIn = (place: Place): readonly Permission[] => [
  { verb: 'get', ...JOBS, place },
  { verb: 'delete', ...JOBS, place },
];

/** What a foothold needs where it is started and run in, and where one of another run is taken away. */
export const FOOTHOLD_PERMISSIONS: Readonly<
  Record<FootholdKind, Readonly<Record<FootholdUse['use'], readonly Permission[]>>>
> = {
  'ephemeral container': {
    start: [
      { verb: 'get', group: '', resource: 'pods' },
      { verb: 'patch', group: '', resource: 'pods', subresource: 'ephemeralcontainers' },
      ...EXEC,
    ],
    // It can't be taken away.
    end: [],
  },
  'probe pod': { start: startedIn('probe namespace'), end: endedIn('probe namespace') },
  'node pod': { start: startedIn('node namespace'), end: endedIn('node namespace') },
};

const EVENTS = { verb: 'list', group: '', resource: 'events' } as const;

/** Tells why a Job has no pod; without it the sentence says less. */
export const FOOTHOLD_READS: Readonly<Record<FootholdKind, readonly Permission[]>> = {
  'ephemeral container': [],
  'probe pod': [{ ...EVENTS, place: 'probe namespace' }],
  'node pod': [{ ...EVENTS, place: 'node namespace' }],
};
