import { z } from 'zod';
import type { StoreEvent } from '../../sandbox/cluster/api/object-store.ts';
import type { RecordedRequest } from '../../sandbox/cluster/api/recorded-request.ts';
import { canonicalJson } from './canonical-json.ts';
import type { CheckedCluster } from './checked-world.ts';
import type { Field, Leaf } from './read-database.ts';

/** One request that changes an object, as the cluster saw it. */
export interface LoggedWrite {
  readonly request: RecordedRequest;
  readonly method: 'PATCH' | 'POST' | 'DELETE';
  readonly mode: 'dry run' | 'for real';
  /** Of the object: a creation names it in its body alone. */
  readonly name: string;
  /** In canonical form; of a deletion without what says that it is a dry run. */
  readonly body: string;
  /** To what it is bound. */
  readonly uid: string | undefined;
  readonly resourceVersion: string | undefined;
  /** Of a merge patch every leaf beside those two, with what it shall be. */
  readonly wanted: readonly Pick<Field, 'path' | 'after'>[];
  /** Set when it was carried out: the object in the state to which it was bound, and in the next one; undefined where there was none. */
  readonly done?: { readonly at: Date; readonly before: unknown; readonly after: unknown };
}

const bodySchema = z.looseObject({
  metadata: z
    .looseObject({
      name: z.string().optional(),
      uid: z.string().optional(),
      resourceVersion: z.string().optional(),
    })
    .optional(),
  preconditions: z
    .looseObject({ uid: z.string().optional(), resourceVersion: z.string().optional() })
    .optional(),
});

const leavesOf = (value: unknown, path: readonly string[]): readonly Pick<Field, 'path' | 'after'>[] => {
  if (typeof value === 'string' || typeof value === 'boolean' || value === null)
    return [{ path: [...path], after: value }];
  if (typeof value === 'object' && value !== null && !Array.isArray(value))
    return Object.entries(value).flatMap(([key, below]) => leavesOf(below, [...path, key]));
  throw new Error(`${path.join('.')} is neither a leaf nor a tree`);
};

/** The leaf of an object; `null` where there is none, and for `false`, which a server leaves out. */
export const leafOf = (object: unknown, path: readonly string[]): Leaf => {
  const value = path.reduce<unknown>(
    (at, key) =>
      typeof at === 'object' && at !== null
        ? Object.entries(at).find(([name]) => name === key)?.[1]
        : undefined,
    object,
  );
  return typeof value === 'string' || value === true ? value : null;
};

/** Two values of a leaf that mean the same. */
export const sameLeaf = (one: Leaf, other: Leaf): boolean =>
  (one === false ? null : one) === (other === false ? null : other);

const METHODS = ['PATCH', 'POST', 'DELETE'] as const;
const methodOf = ({ method, resource }: RecordedRequest): LoggedWrite['method'] | undefined =>
  resource.endsWith('reviews') || resource === '' ? undefined : METHODS.find((known) => known === method);

/** Whether a strategic patch: it joins lists, and holds no leaves that stand for themselves. */
const isMerge = ({ resource }: RecordedRequest): boolean => !resource.includes('/');

type State = StoreEvent & { readonly at: Date };

/** What an object was before and after a request that was carried out. */
const effectOf = (
  method: LoggedWrite['method'],
  { at }: RecordedRequest,
  states: readonly State[],
  resourceVersion: string | undefined,
): NonNullable<LoggedWrite['done']> => {
  if (method === 'POST') {
    const made = states.find((state) => state.type === 'ADDED' && state.at >= at);
    return { at: made?.at ?? at, before: undefined, after: made?.object };
  }
  const bound = states.findIndex(({ object }) => object.metadata.resourceVersion === resourceVersion);
  const [before, after] = bound < 0 ? [] : states.slice(bound, bound + 2);
  return {
    at: after?.at ?? at,
    before: before?.object,
    after: after?.type === 'DELETED' ? undefined : after?.object,
  };
};

/** Every request in the cluster's own log that changes an object, or would, oldest first. */
export const writeLog = ({ requests, history }: CheckedCluster): readonly LoggedWrite[] =>
  requests.flatMap((request): readonly LoggedWrite[] => {
    const method = methodOf(request);
    if (method === undefined) return [];
    const parsed: unknown = JSON.parse(
      request.body === undefined || request.body === '' ? 'null' : request.body,
    );
    const { metadata = {}, preconditions } = bodySchema.parse(parsed ?? {});
    const { uid, resourceVersion } = method === 'DELETE' ? (preconditions ?? {}) : metadata;
    const name = method === 'POST' ? (metadata.name ?? request.name) : request.name;
    const [resource] = request.resource.split('/');
    const states = history.filter(
      ({ object, key }) =>
        key.resource === resource &&
        object.metadata.name === name &&
        (object.metadata.namespace ?? '') === request.namespace,
    );
    const mode = new URL(request.path, 'https://cluster.invalid').searchParams.has('dryRun')
      ? 'dry run'
      : 'for real';
    const { dryRun: _tried, ...sent } = bodySchema.parse(parsed ?? {});
    const carriedOut = mode === 'for real' && request.status !== undefined && request.status < 300;
    return [
      {
        ...{ request, method, mode, name, uid, resourceVersion },
        body: canonicalJson(method === 'DELETE' ? sent : parsed),
        wanted:
          method === 'PATCH' && isMerge(request)
            ? leavesOf(parsed, []).filter(
                ({ path }) => !['metadata.uid', 'metadata.resourceVersion'].includes(path.join('.')),
              )
            : [],
        ...(carriedOut ? { done: effectOf(method, request, states, resourceVersion) } : {}),
      },
    ];
  });
